// A program that crashes may leave an image of its memory. Where it goes is for the *host's*
// core_pattern to say: a file, or a program that the kernel starts as root, outside of all limits.
// A limit of 0 ends only the file. A limit of exactly 1 ends both.
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    const char *allowed = "ATTEMPT be allowed a core dump";
    struct rlimit core;
    getrlimit(RLIMIT_CORE, &core);
    if (core.rlim_cur == 1 && core.rlim_max == 1)
        printf("%s: blocked (the limit is 1: no file, and no handler)\n", allowed);
    else if (core.rlim_max)
        printf("%s: succeeded (up to %llu bytes)\n", allowed, (unsigned long long)core.rlim_max);
    else
        printf("%s: succeeded (0 does not end a handler of the host's)\n", allowed);

    int status;
    if (chdir("/tmp") < 0)
        return 1;
    if (fork() == 0)
        abort();
    wait(&status);
    if (WCOREDUMP(status))
        printf("ATTEMPT crash and leave a core: succeeded\n");
    else
        printf("ATTEMPT crash and leave a core: blocked (the kernel made none)\n");
}
