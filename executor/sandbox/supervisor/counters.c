#include "counters.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <unistd.h>

int64_t number_in(int fd, const char *key)
{
    char text[4096];
    ssize_t size = pread(fd, text, sizeof text - 1, 0);
    if (size <= 0)
        return -1;
    text[size] = '\0';
    if (key == NULL)
        return strtoll(text, NULL, 10);
    size_t length = strlen(key);
    for (char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, key, length) == 0 && line[length] == ' ')
            return strtoll(line + length, NULL, 10);
    }
    return -1;
}

static int64_t counter(const char *path, const char *key)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int64_t n = number_in(fd, key);
    close(fd);
    return n;
}

static bool unified;
/* They stay open, as each tick reads them. To open one takes memory: where the program has taken all, the kernel
 * would kill us. */
static int cpu_file, oom_file, memory_file;

void open_counters(void)
{
    unified = access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0;
    cpu_file = open(unified ? "/sys/fs/cgroup/cpu.stat" : "/sys/fs/cgroup/cpuacct/cpuacct.usage",
                    O_RDONLY | O_CLOEXEC);
    oom_file = open(unified ? "/sys/fs/cgroup/memory.events"
                            : "/sys/fs/cgroup/memory/memory.oom_control", O_RDONLY | O_CLOEXEC);
    memory_file = open(unified ? "/sys/fs/cgroup/memory.current"
                               : "/sys/fs/cgroup/memory/memory.usage_in_bytes", O_RDONLY | O_CLOEXEC);
    memory_now(); /* the first reading takes memory, too */
    oom_kills();
    cpu_us();
}

int64_t cpu_us(void)
{
    if (unified)
        return number_in(cpu_file, "usage_usec");
    int64_t ns = number_in(cpu_file, NULL);
    return ns < 0 ? -1 : ns / 1000;
}

int64_t processes(void)
{
    int64_t n = counter(unified ? "/sys/fs/cgroup/pids.current"
                                : "/sys/fs/cgroup/pids/pids.current", NULL);
    return n > 0 ? n - 1 : n;
}

int64_t memory_peak(void)
{
    return counter(unified ? "/sys/fs/cgroup/memory.peak"
                           : "/sys/fs/cgroup/memory/memory.max_usage_in_bytes", NULL);
}

int64_t memory_now(void)
{
    return number_in(memory_file, NULL);
}

int64_t memory_held(void)
{
    const char *path = unified ? "/sys/fs/cgroup/memory.stat" : "/sys/fs/cgroup/memory/memory.stat";
    int64_t files = counter(path, unified ? "file" : "total_cache");
    return memory_now() - files + counter(path, unified ? "shmem" : "total_shmem");
}

int64_t memory_limit(void)
{
    return counter(unified ? "/sys/fs/cgroup/memory.max"
                           : "/sys/fs/cgroup/memory/memory.limit_in_bytes", NULL);
}

int64_t oom_kills(void)
{
    return number_in(oom_file, "oom_kill");
}

int64_t pids_refusals(void)
{
    return counter(unified ? "/sys/fs/cgroup/pids.events" : "/sys/fs/cgroup/pids/pids.events", "max");
}

int oom_events(void)
{
    return unified ? oom_file : -1;
}

/* Less than a block, a page, is no space for a file, and a file's directory entry takes the last inode.
 * A file system that does not count inodes (gVisor) has 0 in all. */
bool is_full(int directory)
{
    struct statfs fs;
    return fstatfs(directory, &fs) == 0 && fs.f_blocks > 0 &&
           (fs.f_bavail == 0 || (fs.f_files > 0 && fs.f_ffree == 0));
}
