// A device file is a way to a disk or to memory. With CAP_MKNOD, which Docker gives to every container's
// root, a program makes one for the host's disk; then only the devices' control group is in the way.
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static void make(const char *name, const char *path, mode_t kind, dev_t device)
{
    if (mknod(path, kind | 0600, device) == 0)
        printf("ATTEMPT make a device file for %s: succeeded\n", name);
    else
        printf("ATTEMPT make a device file for %s: blocked (%s)\n", name, strerrorname_np(errno));
}

int main(void)
{
    make("memory", "/tmp/memory", S_IFCHR, makedev(1, 1));
    make("the first disk", "/tmp/disk", S_IFBLK, makedev(8, 0));
}
