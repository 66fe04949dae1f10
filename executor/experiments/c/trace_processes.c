// A tracer may do anything in the name of the traced process. Between containers this does not work. But
// with some engines a program that lets its parent trace it has outlived its own container: the engine
// took its stop for its end.
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static void tell(const char *what, long failed)
{
    if (failed)
        printf("ATTEMPT %s: blocked (%s)\n", what, strerrorname_np(errno));
    else
        printf("ATTEMPT %s: succeeded\n", what);
}

int main(void)
{
    pid_t child = fork();
    if (child == 0) {
        pause();
        _exit(0);
    }
    tell("trace a child", ptrace(PTRACE_SEIZE, child, NULL, NULL));
    tell("trace the first process", ptrace(PTRACE_SEIZE, 1, NULL, NULL));
    if (fork() == 0) {
        tell("be traced", ptrace(PTRACE_TRACEME, 0, NULL, NULL));
        _exit(0);
    }
    wait(NULL);
}
