// Where the host's core_pattern begins with "|", the kernel starts the program that it names whenever
// something crashes: as root, outside of the container, fed with the crashed program's memory. Only a
// limit of exactly 1 for core files prevents it. Anybody may *lower* a limit, so 1 is not safe from a
// program that makes it 0.
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
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
    struct rlimit none = {0, 0}, much = {1 << 30, 1 << 30};
    // Two system calls do the same; a filter must know both.
    tell("lower the limit from 1 to 0 by setrlimit", syscall(SYS_setrlimit, RLIMIT_CORE, &none));
    tell("lower the limit from 1 to 0 by prlimit", prlimit(0, RLIMIT_CORE, &none, NULL));
    tell("raise the limit", setrlimit(RLIMIT_CORE, &much));
}
