"""C++, by the GCC in the image of C."""

from dataclasses import replace

from ...limits import MiB
from ..c import LANGUAGE as C

LANGUAGE = replace(
    C,
    slug="cpp",
    label="C++",
    runtime_of="c",
    source="main.cpp",
    suffixes=(".cpp", ".cc", ".cxx"),
    command=(
        "/sandbox/run",
        "main.cpp",
        "/usr/bin/g++",
        "@/sandbox/cpp.options",
        "/sandbox/terminal.o",
    ),
    # To compile a program that includes all of the library takes 221 MiB. Half of that is the header that
    # the image has ready, which the kernel may drop.
    memory_bytes=256 * MiB,
    least_memory_bytes=96 * MiB,  # to compile Hello World takes 72 MiB
    hello="""\
#include <iostream>

int main()
{
    std::cout << "Hello World\\n";
}
""",
    note="Compiled with -O2, within the run's limits. All .cpp files of a run are one program.",
)
