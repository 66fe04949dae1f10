// Reads what the kernel tells of itself and of the machine: where its functions are (so that an exploit
// knows where to jump), who else uses the processors, which disks there are. A part of it is not only in
// files: the kernel's log and its counters have calls of their own.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *paths[] = {
    "/proc/kallsyms",     "/proc/modules",       "/proc/interrupts",      "/proc/softirqs",
    "/proc/schedstat",    "/proc/cmdline",       "/proc/diskstats",       "/proc/partitions",
    "/proc/key-users",    "/proc/timer_list",    "/proc/vmstat",          "/proc/cgroups",
    "/sys/kernel/notes",  "/proc/sys/fs/file-nr", "/sys/kernel/vmcoreinfo",
};

int main(void)
{
    char byte, log[4096];
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        int fd = open(paths[i], O_RDONLY);
        ssize_t got = fd < 0 ? -1 : read(fd, &byte, 1);
        if (got < 0)
            printf("ATTEMPT read %s: blocked (%s)\n", paths[i], strerrorname_np(errno));
        else
            printf("ATTEMPT read %s: %s\n", paths[i], got ? "succeeded" : "blocked (it is empty)");
    }

    const int read_all = 3;
    if (klogctl(read_all, log, sizeof log) >= 0)
        printf("ATTEMPT read the kernel's log: succeeded\n");
    else
        printf("ATTEMPT read the kernel's log: blocked (%s)\n", strerrorname_np(errno));

    struct perf_event_attr event = {.type = PERF_TYPE_SOFTWARE, .size = sizeof event};
    if (syscall(SYS_perf_event_open, &event, -1, 0, -1, 0) >= 0) // all processes of a CPU
        printf("ATTEMPT watch what a processor does: succeeded\n");
    else
        printf("ATTEMPT watch what a processor does: blocked (%s)\n", strerrorname_np(errno));
}
