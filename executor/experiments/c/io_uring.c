// io_uring is a fast and young way to ask the kernel for many things at once, past filters that look at
// system calls one by one. For some years it was where most holes were found; others switch it off, too.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/io_uring.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
    struct io_uring_params parameters = {0};
    int ring = syscall(SYS_io_uring_setup, 1, &parameters);
    if (ring >= 0)
        printf("ATTEMPT make an io_uring: succeeded (%u requests fit)\n", parameters.sq_entries);
    else if (errno == EPERM || errno == ENOSYS)
        printf("ATTEMPT make an io_uring: blocked (%s)\n", strerrorname_np(errno));
    else
        printf("ATTEMPT make an io_uring: succeeded (the kernel was asked: %s)\n",
               strerrorname_np(errno));
}
