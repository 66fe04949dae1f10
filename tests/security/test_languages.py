"""The languages of EXECUTOR_LANGUAGES beside Python's and JavaScript's: native code is contained as well.

How endless output and the like end is in each language's `programs/`.
"""

import pytest

from executor import RunRequest, RunResult, Verdict, execute, limits_of, offered
from executor.experiments import CATALOGUE, Outcome
from executor.experiments.drill import attempt
from executor.languages import LANGUAGES
from tests.support.experiments import OTHERS, breaking_in, experiments_in

pytestmark = pytest.mark.docker


def needs(language: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(
        language not in offered(), reason=f"EXECUTOR_LANGUAGES does not name {language}"
    )


def run(code: str, language: str) -> RunResult:
    limits = limits_of(LANGUAGES[language])
    return execute(RunRequest(code=code, language=language, limits=limits))


@pytest.mark.parametrize("slug", experiments_in(*OTHERS))
def test_experiment_is_contained(slug: str) -> None:
    trial = attempt(CATALOGUE[slug])
    assert trial.finding.outcome is Outcome.CONTAINED, trial


@pytest.mark.xdist_group("ablation")
@pytest.mark.parametrize(("slug", "ablation"), breaking_in(*OTHERS))
def test_experiment_gets_through_without_its_layer(slug: str, ablation: str) -> None:
    trial = attempt(CATALOGUE[slug], ablation)
    assert trial.finding.outcome is Outcome.BREACH, trial


@needs("c")
@pytest.mark.parametrize("slug", ["memory-bomb-c", "compile-bomb"])
def test_evidence_tells_the_compilers_end_from_the_programs(slug: str) -> None:
    seen = attempt(CATALOGUE[slug]).result.evidence
    assert seen.oom_kills
    assert seen.in_compiler is (slug == "compile-bomb")


CLAIMS = r"""
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    const char report[] =
        "{\"phase\":\"compile\",\"kind\":\"compiling\",\"type\":\"\",\"message\":\"\"}\n";
    for (int fd = 3; fd < 64; fd++)
        write(fd, report, sizeof report - 1);
    return 1;
}
"""


@needs("c")
def test_program_cannot_claim_that_it_was_still_compiled() -> None:
    result = run(CLAIMS, "c")
    assert result.verdict is Verdict.RUNTIME_ERROR, result
    assert not result.evidence.in_compiler


# What no experiment tries.

TRIES = r"""
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TRY(what) do { \
        errno = 0; \
        printf("%s %s\n", (long)(what) == -1 ? "refused" : "BREACH", #what); \
    } while (0)

int main(void)
{
    TRY(symlink("/etc/passwd", "/app/link"));
    TRY(symlink("/etc/passwd", "/etc/link"));
    TRY(open("/proc/sys/kernel/core_pattern", O_WRONLY));
    TRY(mount("none", "/tmp", "tmpfs", 0, ""));
    TRY(umount2("/tmp", MNT_DETACH));
    TRY(unshare(CLONE_NEWNET));
    TRY(chroot("/tmp"));
    TRY(syscall(SYS_userfaultfd, 0));
    TRY(syscall(SYS_kexec_load, 0, 0, NULL, 0));
    TRY(setpriority(PRIO_PROCESS, 0, -10));
    puts("done");
}
"""


@needs("c")
def test_native_code_gets_nothing_that_other_programs_do_not_get() -> None:
    result = run(TRIES, "c")
    lines = result.stdout.splitlines()
    assert lines[-1:] == ["done"], result
    assert [line for line in lines if "BREACH" in line] == []
    assert len([line for line in lines if line.startswith("refused")]) == TRIES.count("    TRY(")
    assert result.verdict is Verdict.OK


DEEP = r"""
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

static long dig(long depth)
{
    volatile char room[4096];
    room[0] = (char)depth;
    return depth + dig(depth + 1) + room[0];
}

int main(void)
{
    struct rlimit stack = {RLIM_INFINITY, RLIM_INFINITY};
    printf("%d\n", setrlimit(RLIMIT_STACK, &stack));
    return (int)dig(0);
}
"""


@needs("c")
def test_stack_without_a_limit_ends_at_the_memory_limit_or_by_a_signal() -> None:
    result = run(DEEP, "c")
    assert result.verdict in (Verdict.MEMORY_LIMIT_EXCEEDED, Verdict.RUNTIME_ERROR), result
    assert result.signal in (9, 11)


SHELL_TRIES = """
touch /new /etc/new /app/new; echo
echo x > /app/script.sh
cat /proc/1/environ /proc/1/mem
ln -s /etc/passwd /etc/link && echo BREACH
mount -t tmpfs none /tmp && echo BREACH
unshare -r true && echo BREACH
ls /new /etc/new /app/new 2>/dev/null && echo BREACH
echo done
"""


@needs("bash")
def test_shell_gets_nothing_that_other_programs_do_not_get() -> None:
    result = run(SHELL_TRIES, "bash")
    assert result.stdout == "\ndone\n", result
    assert result.verdict is Verdict.OK


@needs("sql")
@pytest.mark.parametrize(
    "code",
    [
        "ATTACH '/proc/1/mem' AS a; SELECT * FROM a.sqlite_schema;",
        "SELECT load_extension('/app/script.sql');",
        ".shell cp /bin/true /tmp/true && chmod +x /tmp/true && /tmp/true && echo BREACH\n.exit 1",
    ],
)
def test_commands_of_sqlites_shell_reach_only_what_is_in_the_sandbox(code: str) -> None:
    result = run(code, "sql")
    assert (result.verdict, result.exit_code) == (Verdict.RUNTIME_ERROR, 1), result
    assert "BREACH" not in result.stdout
