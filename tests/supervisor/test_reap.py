"""The supervisor takes its ended children in parts, so that it looks at the clock in between."""

import subprocess
from pathlib import Path

from tests.support.supervisor.harness import ENVIRONMENT, SOURCES, compile_c

CHILDREN, MOST_REAPED = 150, 64
PROGRAM = r"""
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run.h"

static bool is_told(void)
{
    struct signalfd_siginfo info;
    struct pollfd event = {.fd = signals, .events = POLLIN};
    return poll(&event, 1, 0) > 0 && read(signals, &info, sizeof info) > 0;
}

int main(void)
{
    static struct run run;
    static pid_t children[CHILDREN];
    sigset_t chld;
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    sigprocmask(SIG_BLOCK, &chld, NULL);
    signals = signalfd(-1, &chld, SFD_CLOEXEC);
    for (int n = 0; n < CHILDREN; n++)
        if ((children[n] = fork()) == 0)
            _exit(0);
    siginfo_t info;
    for (int n = 0; n < CHILDREN; n++)
        if (waitid(P_PID, (id_t)children[n], &info, WEXITED | WNOWAIT) < 0)
            return 1;
    while (is_told())
        ;
    for (bool has_more = true; has_more;) {
        has_more = reap(&run);
        int left = 0;
        for (int n = 0; n < CHILDREN; n++)
            left += kill(children[n], 0) == 0;
        printf("%d left, %s, %s\n", left, has_more ? "more" : "all", is_told() ? "told" : "not told");
    }
}
"""


def test_children_are_reaped_in_parts_and_no_wait_comes_between(tmp_path: Path) -> None:
    source = tmp_path / "reap.c"
    source.write_text(PROGRAM)
    others = [
        part for part in SOURCES.glob("*.c") if part.name not in {"supervisor.c", "nss_sandbox.c"}
    ]
    program = compile_c(tmp_path / "reap", source, f"-DCHILDREN={CHILDREN}", *others)
    done = subprocess.run([program], capture_output=True, text=True, env=ENVIRONMENT)
    assert done.stdout.splitlines() == [
        f"{CHILDREN - MOST_REAPED} left, more, told",
        f"{CHILDREN - 2 * MOST_REAPED} left, more, told",
        "0 left, all, not told",
    ], done.stderr
