"""The compiled parts of the supervisor, with sanitizers; harness.c is the other end."""

import shutil
import struct
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE, Popen
from tempfile import TemporaryFile
from typing import IO

ROOT = Path(__file__).resolve().parents[3]
SOURCES = ROOT / "executor" / "sandbox" / "supervisor"
PARTS = (
    *(
        "request.c",
        "box_in.c",
        "input.c",
        "typed.c",
        "report.c",
        "frames.c",
        "error.c",
        "calls.c",
        "counters.c",
        "zygote.c",
        "passing.c",
        "program.c",
        "nest.c",
    ),
    "bytes.c",
    "clock.c",
    "nss_sandbox.c",
)
SANITIZED = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")
WARNED = ("-std=gnu17", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror")
ENVIRONMENT = {"ASAN_OPTIONS": "abort_on_error=1", "UBSAN_OPTIONS": "print_stacktrace=1"}


class Broken(AssertionError):
    """A sanitizer stopped the C code, or a check of the harness failed."""


def compile_c(program: Path, *arguments: str | Path) -> Path:
    """Compile sources with sanitizers. Without a compiler the tests fail; they are not skipped."""
    compiler = shutil.which("gcc")
    assert compiler, "There is no gcc. scripts/compiler installs it."
    command = [compiler, *WARNED, "-O1", "-g", *SANITIZED, "-I", SOURCES, "-o", program, *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, (
        f"{done.stderr}\nscripts/compiler installs what the sanitizers need."
    )
    return program


def compile_harness(directory: Path) -> Path:
    parts = [SOURCES / name for name in PARTS]
    return compile_c(directory / "harness", Path(__file__).with_name("harness.c"), *parts)


@dataclass(frozen=True, slots=True)
class Harness:
    """The compiled parts as a process, which answers one question after another."""

    questions: IO[bytes]
    answers: IO[bytes]
    complaint: Callable[[], str]

    def ask(self, part: str, question: bytes) -> bytes:
        """Return the part's answer. Raises Broken."""
        with suppress(BrokenPipeError):
            self.questions.write(part.encode() + struct.pack("=I", len(question)) + question)
            self.questions.flush()
        head = self.answers.read(4)
        if len(head) < 4:
            raise Broken(f"{question[:1000]!r}\n{self.complaint()}")
        return self.answers.read(struct.unpack("=I", head)[0])


@contextmanager
def running(program: Path) -> Iterator[Harness]:
    """Start a compiled harness. At the end it must exit with 0, without a leak."""
    with (
        TemporaryFile() as errors,
        Popen([program], stdin=PIPE, stdout=PIPE, stderr=errors, env=ENVIRONMENT) as process,
    ):

        def complaint() -> str:
            process.wait()
            errors.seek(0)
            return errors.read().decode(errors="replace")

        assert process.stdin
        assert process.stdout
        yield Harness(process.stdin, process.stdout, complaint)
        process.stdin.close()
        if process.wait() != 0:
            raise Broken(complaint())
