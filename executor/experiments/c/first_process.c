// The first process of a container often knows more than it should. Ours belongs to the same user as this
// program, and is closed to it all the same: it has declared itself "not dumpable". Native code has more
// ways than /proc: it can ask the kernel to copy another process's memory, or one of its descriptors.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static void tell(const char *what, int failed)
{
    if (failed)
        printf("ATTEMPT %s: blocked (%s)\n", what, strerrorname_np(errno));
    else
        printf("ATTEMPT %s: succeeded\n", what);
}

int main(void)
{
    char target[256], stolen[16];
    tell("open /proc/1/environ", open("/proc/1/environ", O_RDONLY) < 0);
    tell("open /proc/1/mem", open("/proc/1/mem", O_RDWR) < 0);
    tell("open /proc/1/maps", open("/proc/1/maps", O_RDONLY) < 0);
    tell("open /proc/1/fd", opendir("/proc/1/fd") == NULL);
    tell("open /proc/1/fd/0", open("/proc/1/fd/0", O_RDWR) < 0);
    tell("follow /proc/1/root", readlink("/proc/1/root", target, sizeof target) < 0);
    tell("follow /proc/1/exe", readlink("/proc/1/exe", target, sizeof target) < 0);

    struct iovec here = {stolen, sizeof stolen}, there = {(void *)0x400000, sizeof stolen};
    tell("copy its memory", process_vm_readv(1, &here, 1, &there, 1, 0) < 0);
    tell("copy its stdin", syscall(SYS_pidfd_getfd, syscall(SYS_pidfd_open, 1, 0), 0, 0) < 0);
    tell("trace it", ptrace(PTRACE_SEIZE, 1, NULL, NULL) < 0);
}
