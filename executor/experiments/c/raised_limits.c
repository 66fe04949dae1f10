// A limit of which one may help oneself to more is none. The soft limit may go up to the hard one, and
// the hard one only down, unless one has CAP_SYS_RESOURCE.
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

static const struct {
    const char *name;
    int number;
} limits[] = {
    {"RLIMIT_NOFILE", RLIMIT_NOFILE},
    {"RLIMIT_FSIZE", RLIMIT_FSIZE},
    {"RLIMIT_CORE", RLIMIT_CORE},
    {"RLIMIT_MEMLOCK", RLIMIT_MEMLOCK},
};

int main(void)
{
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        struct rlimit limit;
        getrlimit(limits[i].number, &limit);
        limit.rlim_cur = ++limit.rlim_max;
        if (setrlimit(limits[i].number, &limit) == 0)
            printf("ATTEMPT raise %s: succeeded\n", limits[i].name);
        else
            printf("ATTEMPT raise %s: blocked (%s)\n", limits[i].name, strerrorname_np(errno));
    }
}
