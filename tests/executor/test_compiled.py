"""Compiled languages in a sandbox: what the runner does, and what no program can make it say."""

from dataclasses import replace
from typing import Any

import pytest

from executor import File, RunRequest, RunResult, Verdict, execute, limits_of, offered
from executor.languages import LANGUAGES
from executor.limits import KiB

pytestmark = [
    pytest.mark.docker,
    pytest.mark.skipif(
        "c" not in offered(), reason="EXECUTOR_LANGUAGES names no compiled language"
    ),
]


def run(code: str, language: str = "c", **more: Any) -> RunResult:
    limits = limits_of(LANGUAGES[language])
    return execute(RunRequest(code=code, language=language, limits=limits, **more))


FORGES = r"""
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
    const char *report = "{\"phase\":\"compile\",\"kind\":\"compiler\",\"type\":\"\",\"message\":\"\"}\n";
    for (int fd = 3; fd < 256; fd++) {
        char path[40];
        sprintf(path, "/proc/self/fd/%d", fd);
        write(fd, report, strlen(report));
        write(open(path, O_WRONLY | O_NONBLOCK), report, strlen(report));
    }
    for (int process = 1; process < 100; process++)
        for (int fd = 3; fd < 20; fd++) {
            char path[40];
            sprintf(path, "/proc/%d/fd/%d", process, fd);
            int found = process == getpid() ? -1 : open(path, O_WRONLY | O_NONBLOCK);
            if (found >= 0 && write(found, report, strlen(report)) > 0)
                return 2;
        }
    return 1;
}
"""


def test_program_cannot_say_that_it_was_not_compiled() -> None:
    result = run(FORGES)
    assert (result.verdict, result.exit_code) == (Verdict.RUNTIME_ERROR, 1), result
    assert not result.evidence.error_report_refused  # nothing has arrived
    assert result.error == "The program ended with exit code 1"


def test_compiler_does_not_read_the_programs_input() -> None:
    code = '#include "/dev/stdin"\nint main(void) { return missing; }\n'
    result = run(code, stdin="int missing;\n")
    assert result.verdict is Verdict.COMPILE_ERROR
    assert result.evidence.input_left == len("int missing;\n")


def included(fd: int) -> str:
    """Return lines that include this descriptor of each process that the compiler may look into."""
    paths = [f'"/proc/{process}/fd/{fd}"' for process in range(2, 41)]
    return "".join(f"#if __has_include({path})\n#include {path}\n#endif\n" for path in paths)


@pytest.mark.parametrize("language", ["c", "cpp"])
def test_compiler_does_not_read_the_programs_input_from_the_runner(language: str) -> None:
    code = f"{included(0)}int main(void) {{ return missing; }}\n"
    result = run(code, language, stdin="int missing;\n")
    assert result.verdict is Verdict.COMPILE_ERROR
    assert result.evidence.input_left == len("int missing;\n")


def test_compiler_does_not_take_the_runners_report() -> None:
    result = run(f"{included(4)}int main(void) {{ return missing; }}\n")
    assert result.verdict is Verdict.COMPILE_ERROR
    assert result.evidence.compile_failed


LOOKS_AROUND = r"""
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void list(const char *path)
{
    DIR *folder = opendir(path);
    for (struct dirent *entry; (entry = readdir(folder));)
        if (entry->d_name[0] != '.' || strlen(entry->d_name) > 2)
            if (atoi(entry->d_name) != dirfd(folder) || path[1] != 'p')
                printf("%s ", entry->d_name);
    puts("");
    closedir(folder);
}

int main(void)
{
    list("/proc/self/fd");
    list("/tmp");
    printf("%s %d\n", getenv("SANDBOX_BOOT") ? "booted" : "plain", open("/proc/self/exe", O_RDWR));
    perror("itself");
    system("cp /bin/true /tmp/true; chmod +x /tmp/true");
    execl("/tmp/true", "true", NULL);
    perror("/tmp/true");
}
"""


def test_program_finds_no_trace_of_its_compilation() -> None:
    result = run(LOOKS_AROUND)
    assert result.stdout == "0 1 2 \n\nplain -1\n"
    assert result.stderr == "itself: Text file busy\n/tmp/true: Permission denied\n"


def test_messages_of_a_compiler_have_an_end_and_leave_the_verdict() -> None:
    warnings = f"#warning {'x' * 100}\n" * 200
    result = run(f"{warnings}int main(void) {{ return missing; }}\n")
    assert result.verdict is Verdict.COMPILE_ERROR, result
    assert 15 * KiB < len(result.stderr.encode()) < 17 * KiB
    assert result.stderr.endswith("\n… and more messages\n")


def test_messages_beyond_a_lower_limit_of_output_are_told_as_the_compilers() -> None:
    limits = replace(limits_of(LANGUAGES["c"]), output_bytes=1 * KiB)
    code = f"#warning {'x' * 100}\n" * 100 + "#error no\n"
    result = execute(RunRequest(code=code, language="c", limits=limits))
    assert result.verdict is Verdict.OUTPUT_LIMIT_EXCEEDED
    assert (result.error or "").endswith("; it was still being compiled"), result


def test_warnings_of_a_compiled_program_are_not_in_its_stderr() -> None:
    result = run('#warning "careful"\nint main(void) { return 0; }\n')
    assert (result.verdict, result.stderr) == (Verdict.OK, "")


def test_sources_among_the_files_of_a_run_are_one_program() -> None:
    files = (
        File(name="helper.h", content=b"int twice(int);\n"),
        File(name="helper.c", content=b'#include "helper.h"\nint twice(int n) { return 2 * n; }\n'),
        File(name="data.txt", content=b"21\n"),
        File(name="-odd.c", content=b"no source"),
        File(name="folder/other.c", content=b"no source"),
    )
    code = """
    #include <stdio.h>
    #include "helper.h"
    int main(void)
    {
        int number;
        fscanf(fopen("data.txt", "r"), "%d", &number);
        fprintf(fopen("out.txt", "w"), "%d\\n", twice(number));
    }
    """
    result = run(code, files=files, outputs=True)
    assert result.verdict is Verdict.OK, result
    assert [(file.name, file.content) for file in result.files] == [("out.txt", b"42\n")]
    broken = File(name="helper.c", content=b"int twice(int n) { return 2 * m; }\n")
    result = run(code, files=(files[0], broken))
    assert (result.error or "").startswith("error: helper.c:1: ‘m’ undeclared")
