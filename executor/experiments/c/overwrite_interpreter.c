// In 2019 a container could overwrite runc, the program that starts containers as root: /proc/self/exe
// led to the host's own file. A compiled program has no interpreter. Here, its compiler is in its place,
// which the next run would use.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static const char *paths[] = {
    "/proc/self/exe", "/proc/1/exe", "/usr/bin/gcc", "/sandbox/run", "/sandbox/supervisor", "/app/main.c",
};

int main(void)
{
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        if (open(paths[i], O_WRONLY) >= 0)
            printf("ATTEMPT open %s for writing: succeeded\n", paths[i]);
        else
            printf("ATTEMPT open %s for writing: blocked (%s)\n", paths[i], strerrorname_np(errno));
    }
}
