"""What /config_info, /about and /statuses tell, and the limits in Judge0's units."""

from math import ceil
from typing import Any

from django.conf import settings

from executor import LANGUAGES, MOST_BYTES_IN, choices, default_limits

VERSION = "1.13.1"
"""Of the Judge0 whose API this is. Clients look up numbers of languages by it."""
BATCH = 20
"""The most submissions in a batch."""
KB = 1024
STACK_KB = 64000
MOST_STACK_KB = 128000
EXTRA_SECONDS = 1.0
MOST_EXTRA_SECONDS = 5.0
ABOUT = {
    "version": VERSION,
    "homepage": "https://judge0.com",
    "source_code": "https://github.com/judge0/judge0",
    "maintainer": "This is the Safe Code Executor, with the API of Judge0.",
}
STATUSES = {
    1: "In Queue",
    2: "Processing",
    3: "Accepted",
    4: "Wrong Answer",
    5: "Time Limit Exceeded",
    6: "Compilation Error",
    7: "Runtime Error (SIGSEGV)",
    8: "Runtime Error (SIGXFSZ)",
    9: "Runtime Error (SIGFPE)",
    10: "Runtime Error (SIGABRT)",
    11: "Runtime Error (NZEC)",
    12: "Runtime Error (Other)",
    13: "Internal Error",
    14: "Exec Format Error",
}


def ranges(slug: str) -> dict[str, tuple[float, float]]:
    """Return the least and the most of each limit of a language, in Judge0's names and units.

    The last three have no effect: stack and extra time are a part of the other limits here.
    """
    own = choices(LANGUAGES[slug])
    memory, processes = own["memory_bytes"], own["processes"]
    return {
        "cpu_time_limit": (own["cpu_seconds"].least, own["cpu_seconds"].most),
        "wall_time_limit": (own["wall_seconds"].least, own["wall_seconds"].most),
        "memory_limit": (ceil(memory.least / KB), memory.most // KB),
        "max_processes_and_or_threads": (processes.least, processes.most),
        "cpu_extra_time": (0, MOST_EXTRA_SECONDS),
        "stack_limit": (0, MOST_STACK_KB),
        "max_file_size": (0, default_limits().disk_bytes // KB),
    }


def unpacked_bytes() -> int:
    """Return the most bytes that the files of a request may have when they are unpacked: no more than
    through other doors, where they come as they are."""
    return min(MOST_BYTES_IN, settings.DATA_UPLOAD_MAX_MEMORY_SIZE)


def config_info() -> dict[str, Any]:
    """Return the configuration that clients read, all of whose keys the official one requires."""
    own = default_limits()
    return {
        "maintenance_mode": False,
        "enable_wait_result": True,
        "enable_compiler_options": False,
        "allowed_languages_for_compile_options": [],
        "enable_command_line_arguments": True,
        "enable_submission_delete": False,
        "enable_callbacks": False,
        "callbacks_max_tries": 0,
        "callbacks_timeout": 0.0,
        "enable_additional_files": True,
        "max_queue_size": settings.QUEUE_MAX,
        "cpu_time_limit": own.cpu_seconds,
        "max_cpu_time_limit": own.cpu_seconds,
        "cpu_extra_time": EXTRA_SECONDS,
        "max_cpu_extra_time": MOST_EXTRA_SECONDS,
        "wall_time_limit": own.wall_seconds,
        "max_wall_time_limit": own.wall_seconds,
        "memory_limit": own.memory_bytes // KB,
        "max_memory_limit": own.memory_bytes // KB,
        "stack_limit": STACK_KB,
        "max_stack_limit": MOST_STACK_KB,
        "max_processes_and_or_threads": own.processes,
        "max_max_processes_and_or_threads": own.processes,
        "enable_per_process_and_thread_time_limit": False,
        "allow_enable_per_process_and_thread_time_limit": False,
        "enable_per_process_and_thread_memory_limit": False,
        "allow_enable_per_process_and_thread_memory_limit": False,
        "max_file_size": own.disk_bytes // KB,
        "max_max_file_size": own.disk_bytes // KB,
        "enable_network": False,
        "allow_enable_network": False,
        "number_of_runs": 1,
        "max_number_of_runs": 1,
        "redirect_stderr_to_stdout": False,
        "max_extract_size": unpacked_bytes() // KB,
        "enable_batched_submissions": True,
        "max_submission_batch_size": BATCH,
        "submission_cache_duration": 0.0,
        "use_docs_as_homepage": False,
    }
