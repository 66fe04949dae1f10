// Tries to create a file in every directory, except the few that are meant for it. A program that can
// write to the image's files can lay traps for their next user: here, in the compiler.
#define _GNU_SOURCE
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *meant_for_it[] = {"/tmp", "/dev/shm", "/proc"};
static char example[256];
static int tried, written;

static int visit(const char *path, const struct stat *about, int kind, struct FTW *where)
{
    (void)about, (void)where;
    for (size_t i = 0; i < sizeof meant_for_it / sizeof *meant_for_it; i++)
        if (strcmp(path, meant_for_it[i]) == 0)
            return FTW_SKIP_SUBTREE;
    if (kind != FTW_D)
        return FTW_CONTINUE;
    char file[4096];
    snprintf(file, sizeof file, "%s/intruder", path);
    tried++;
    int fd = open(file, O_CREAT | O_WRONLY, 0600);
    if (fd >= 0) {
        if (written++ == 0)
            snprintf(example, sizeof example, "%s", path);
        close(fd);
    }
    return FTW_CONTINUE;
}

int main(void)
{
    nftw("/", visit, 16, FTW_PHYS | FTW_ACTIONRETVAL);
    if (written)
        printf("ATTEMPT write a file elsewhere: succeeded (%d places, such as %s)\n", written, example);
    else
        printf("ATTEMPT write a file elsewhere: blocked (in all of %d directories)\n", tried);
}
