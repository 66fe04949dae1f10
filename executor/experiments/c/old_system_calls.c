// On a 64-bit machine there are more ways into the kernel, with other numbers of the calls. One is for
// 32-bit programs (int 0x80), one for the rare "x32" programs (a bit in the number). A filter that looks
// at 64-bit numbers only is walked around.
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __x86_64__
static long old_getpid(void)
{
    long result = 20; // its number for 32-bit programs
    __asm__ volatile("int $0x80" : "+a"(result) : : "memory");
    return result;
}

static long x32_getpid(void)
{
    return syscall(0x40000000 | 39);
}

static void call(const char *door, long (*getpid_by_it)(void))
{
    int status;
    if (fork() == 0) // the filter may kill the caller
        _exit(getpid_by_it() > 0 ? 0 : errno ? errno : 1);
    wait(&status);
    if (WIFSIGNALED(status))
        printf("ATTEMPT call by the %s door: blocked (SIG%s)\n", door, sigabbrev_np(WTERMSIG(status)));
    else if (WEXITSTATUS(status))
        printf("ATTEMPT call by the %s door: blocked (%s)\n", door,
               strerrorname_np(WEXITSTATUS(status)));
    else
        printf("ATTEMPT call by the %s door: succeeded (it answered)\n", door);
}

int main(void)
{
    call("32-bit", old_getpid);
    call("x32", x32_getpid);
}
#else
int main(void)
{
    printf("ATTEMPT call by the 32-bit door: blocked (this processor has none)\n");
}
#endif
