// Files of the image are in the machine's page cache once, for all sandboxes. A program that can remove
// one from it, and later see whether it is back, knows what other people's programs use. The kernel
// counts the bytes that a process reads from the disk: this shows whether it worked.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static long bytes_from_disk(void)
{
    FILE *file = fopen("/proc/self/io", "r");
    char line[128];
    long bytes = 0;
    while (file && fgets(line, sizeof line, file))
        sscanf(line, "read_bytes: %ld", &bytes);
    if (file)
        fclose(file);
    return bytes;
}

static long read_all(int fd)
{
    static char block[1 << 16];
    long before = bytes_from_disk();
    lseek(fd, 0, SEEK_SET);
    while (read(fd, block, sizeof block) > 0)
        ;
    return bytes_from_disk() - before;
}

int main(void)
{
    glob_t found;
    if (glob("/usr/libexec/gcc/*/*/lto-wrapper", 0, NULL, &found)) // compiling does not use it
        return 1;
    int fd = open(found.gl_pathv[0], O_RDONLY);
    read_all(fd);
    posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    long again = read_all(fd);
    if (again)
        printf("ATTEMPT put a file out of everybody's cache: succeeded (%ld bytes were read again)\n",
               again);
    else
        printf("ATTEMPT put a file out of everybody's cache: blocked (it is still there)\n");

    char byte;
    struct iovec place = {&byte, 1};
    const char *ask = "ATTEMPT ask whether a file is in the cache";
    if (preadv2(fd, &place, 1, 0, RWF_NOWAIT) >= 0)
        printf("%s: succeeded (it is)\n", ask);
    else if (errno == EPERM)
        printf("%s: blocked (EPERM)\n", ask);
    else
        printf("%s: succeeded (%s)\n", ask, strerrorname_np(errno));
}
