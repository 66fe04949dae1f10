"""C, by Debian's GCC. Its image has the compiler of C++ too."""

from ...limits import MiB
from ..language import Language
from .diagnostics import DIAGNOSTICS

LANGUAGE = Language(
    slug="c",
    label="C",
    source="main.c",
    suffixes=(".c",),
    suite="trixie",
    command=(
        "/sandbox/run",
        "main.c",
        "/usr/bin/gcc",
        "@/sandbox/c.options",
        "/sandbox/terminal.o",
    ),
    version_command=("/bin/sh", "-c", "echo GCC $(gcc -dumpfullversion)"),
    waiting_bytes=5 * MiB,
    least_memory_bytes=48 * MiB,  # to compile Hello World takes 20 MiB
    least_processes=8,  # the compiler's, which are 4 at a time
    hello="""\
#include <stdio.h>

int main(void)
{
    printf("Hello World\\n");
}
""",
    note="Compiled with -O2, within the run's limits. All .c files of a run are one program.",
    editor_mode="c_cpp",
    tab_size=4,
    diagnostics=DIAGNOSTICS,
)
