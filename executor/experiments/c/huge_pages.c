// A machine sets huge pages aside when it starts, for databases and virtual machines. The memory limit
// does not count them. EPERM comes from the filter of system calls. Any other error means that the kernel
// was asked: whether it has huge pages is luck.
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

static void tell(const char *what, int failed)
{
    if (!failed)
        printf("ATTEMPT %s: succeeded\n", what);
    else if (errno == EPERM)
        printf("ATTEMPT %s: blocked (EPERM)\n", what);
    else
        printf("ATTEMPT %s: succeeded (the kernel was asked, and has none: %s)\n", what,
               strerrorname_np(errno));
}

int main(void)
{
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_HUGETLB;
    void *got = mmap(NULL, 2 << 20, PROT_READ | PROT_WRITE, flags, -1, 0);
    tell("map huge pages", got == MAP_FAILED);
    tell("make a file of huge pages", memfd_create("huge", MFD_HUGETLB) < 0);
}
