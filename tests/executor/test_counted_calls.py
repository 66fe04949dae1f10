"""Every sandbox counts calls that lock and listen, or its report states that it does not."""

import errno
import json
from typing import Any

import pytest

from executor import Cancellation, RunRequest, default_limits, execute
from executor.errors import EngineError
from executor.execute import ignore
from executor.limits import KiB
from executor.sandbox.container import Sandbox
from executor.sandbox.output import Output
from executor.sandbox.spec import SECCOMP_PROFILE
from tests.support.sandboxes import make_spec

pytestmark = pytest.mark.docker

LISTEN = """
import socket
kept = []
while True:
    kept.append(socket.socket(socket.AF_UNIX)); kept[-1].bind(f"\\0{len(kept)}"); kept[-1].listen()
"""


def with_rules(spec: Any, *rules: Any) -> Any:
    """Return the spec with other rules in its filter, in place of the rule for the call seccomp."""
    profile = json.loads(SECCOMP_PROFILE)
    kept = [rule for rule in profile["syscalls"] if rule["names"] != ["seccomp"]]
    changed = json.dumps({**profile, "syscalls": [*kept, *rules]})
    options = ["no-new-privileges=true", f"seccomp={changed}"]
    return {**spec, "HostConfig": {**spec["HostConfig"], "SecurityOpt": options}}


def seccomp_rule(flags: int, action: str, **more: Any) -> Any:
    args = [{"index": 1, "value": flags, "op": "SCMP_CMP_EQ"}]
    return {"names": ["seccomp"], "args": args, "action": action, **more}


PLAIN, KILLABLE = 8, 40
"""SECCOMP_FILTER_FLAG_NEW_LISTENER, without and with WAIT_KILLABLE_RECV."""
LISTEN_BEFORE_THE_SUPERVISOR = """
import ctypes, os, struct, sys
code = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0x7FFF0000))  # allow everything
program = ctypes.create_string_buffer(struct.pack("HL", 1, ctypes.addressof(code)))
number = {"x86_64": 317, "aarch64": 277}[os.uname().machine]
listener = ctypes.CDLL(None).syscall(number, 1, 8, program)
os.set_inheritable(listener, True)
os.execv(sys.argv[1], sys.argv[1:])
"""


def test_sandbox_that_another_listener_watches_does_not_boot(instance: str) -> None:
    spec = make_spec(instance=instance)
    first = ["/usr/bin/python3", "-c", LISTEN_BEFORE_THE_SUPERVISOR]
    with pytest.raises(EngineError, match="seccomp: Device or resource busy"):
        Sandbox.start({**spec, "Entrypoint": [*first, *spec["Entrypoint"]]})


def test_sandbox_whose_calls_a_filter_hides_does_not_boot(instance: str) -> None:
    with pytest.raises(EngineError, match="seccomp: Operation not permitted"):
        Sandbox.start(with_rules(make_spec(instance=instance)))


def test_kernel_without_killable_waits_counts_calls_too(instance: str) -> None:
    """Stands for a kernel before 5.19, which answers an unknown flag like this."""
    rules = [
        seccomp_rule(KILLABLE, "SCMP_ACT_ERRNO", errnoRet=errno.EINVAL),
        seccomp_rule(PLAIN, "SCMP_ACT_ALLOW"),
    ]
    sandbox = Sandbox.start(with_rules(make_spec(instance=instance), *rules))
    report = sandbox.run(
        RunRequest(code=LISTEN, limits=default_limits()), Output(KiB, ignore), Cancellation()
    )
    sandbox.destroy()
    assert (report.evidence.counts_calls, report.evidence.calls_refused) == (True, 1)


def test_report_of_a_weakened_sandbox_has_no_counts() -> None:
    result = execute(
        RunRequest(code="print(1)", ablation="no-new-privileges", limits=default_limits())
    )
    assert result.evidence.counts_calls is False
