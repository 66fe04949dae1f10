"""Run untrusted code in locked-down sandboxes, each of which one program has for itself.

    from executor import RunRequest, default_limits, execute
    result = execute(RunRequest(code='print("Hello World")', limits=default_limits()))

The package knows no HTTP request, no user and no database. Other packages use only the names listed here.
"""

from .admission.admission import Admission, admit, admit_any, held_by, light_seconds, weights_of
from .admission.gate import Check, GateState, gate_state
from .cancellation import Cancellation
from .choices import Range, choice_of, choices, chosen_limits, limits_of, offered
from .conf import ablation_is_allowed, default_limits, settings_snapshot
from .errors import (
    Busy,
    CannotNest,
    Closed,
    EngineError,
    EngineUnavailable,
    ExecutorError,
    ImageMissing,
    InvalidRequest,
    NotOffered,
)
from .execute import execute
from .files import MOST_BYTES_IN, MOST_IN, MOST_OUT, NAME_BYTES, File, LeftOut, NotKept, StateLeft
from .images.versions import Image, image_of
from .languages import DEFAULT_LANGUAGE, LANGUAGES, Language
from .limits import STDIN_BYTES, Limits, size_of
from .owner import process_is_alive, this_process
from .pool.lane import in_words as lane_in_words
from .pool.pool import (
    lane_state,
    owners_of_slots,
    pool_state,
    retire_slots,
    shutdown,
    warm_up,
)
from .pool.state import PoolState
from .pool.threads import Threads
from .runs import ErrorDetails, EventSink, RunEvent, RunRequest, RunResult, Usage
from .sandbox.ablations import ABLATIONS, IN_A_SLOT, Ablation
from .sandbox.box import is_good_name, problem_with_state
from .sandbox.box import problem_with as problem_with_files
from .sandbox.engine import ping as ping_engine
from .sandbox.keyboard import Keyboard
from .sandbox.layers import LAYERS, Group, Layer, LayerError, layer_behind, layers_by_group
from .sandbox.output import plain_text
from .sandbox.probe import Probe
from .verdicts import Evidence, Verdict

__all__ = [
    "ABLATIONS",
    "DEFAULT_LANGUAGE",
    "IN_A_SLOT",
    "LANGUAGES",
    "LAYERS",
    "MOST_BYTES_IN",
    "MOST_IN",
    "MOST_OUT",
    "NAME_BYTES",
    "STDIN_BYTES",
    "Ablation",
    "Admission",
    "Busy",
    "Cancellation",
    "CannotNest",
    "Check",
    "Closed",
    "EngineError",
    "EngineUnavailable",
    "ErrorDetails",
    "EventSink",
    "Evidence",
    "ExecutorError",
    "File",
    "GateState",
    "Group",
    "Image",
    "ImageMissing",
    "InvalidRequest",
    "Keyboard",
    "Language",
    "Layer",
    "LayerError",
    "LeftOut",
    "Limits",
    "NotKept",
    "NotOffered",
    "PoolState",
    "Probe",
    "Range",
    "RunEvent",
    "RunRequest",
    "RunResult",
    "StateLeft",
    "Threads",
    "Usage",
    "Verdict",
    "ablation_is_allowed",
    "admit",
    "admit_any",
    "choice_of",
    "choices",
    "chosen_limits",
    "default_limits",
    "execute",
    "gate_state",
    "held_by",
    "image_of",
    "is_good_name",
    "lane_in_words",
    "lane_state",
    "layer_behind",
    "layers_by_group",
    "light_seconds",
    "limits_of",
    "offered",
    "owners_of_slots",
    "ping_engine",
    "plain_text",
    "pool_state",
    "problem_with_files",
    "problem_with_state",
    "process_is_alive",
    "retire_slots",
    "settings_snapshot",
    "shutdown",
    "size_of",
    "this_process",
    "warm_up",
    "weights_of",
]
