"""A fault in the C code fails the test that causes it."""

import subprocess
from pathlib import Path

import pytest

from tests.support.supervisor.harness import Broken, compile_c, running

FAULTS = {
    "heap-buffer-overflow": "char *p = malloc(argc); return p[argc];",
    "stack-buffer-overflow": "char p[4]; memset(p, argc, 4 + argc); return p[argc];",
    "heap-use-after-free": "char *p = malloc(argc); free(p); return *p;",
    "signed integer overflow": "int n = INT_MAX; n += argc; return n;",
    "detected memory leaks": "return malloc(argc) == NULL;",
}


@pytest.mark.parametrize("complaint", FAULTS)
def test_fault_ends_a_compiled_program(tmp_path: Path, complaint: str) -> None:
    source = tmp_path / "faulty.c"
    includes = "".join(f"#include <{name}.h>\n" for name in ("limits", "stdlib", "string"))
    source.write_text(f"{includes}int main(int argc, char **argv) {{ {FAULTS[complaint]} }}\n")
    program = compile_c(tmp_path / "faulty", source, "-w", "-O0")
    done = subprocess.run([program], capture_output=True, text=True, env={})
    assert done.returncode != 0
    assert complaint.lower() in done.stderr.lower()


def test_harness_that_ends_fails_the_request_with_the_reason(harness_program: Path) -> None:
    with (
        pytest.raises(Broken, match="not so: size == sizeof given"),
        running(harness_program) as harness,
    ):
        harness.ask("r", b"too short")
