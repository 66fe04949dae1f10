// Descriptors that a program inherits are doors that somebody forgot to close: a database's connection,
// a control channel, a directory of the host's. This program simply tries every number.
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    int found = 0;
    for (int fd = 3; fd < 4096; fd++) {
        if (fcntl(fd, F_GETFD) < 0)
            continue;
        char path[40], target[256];
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        ssize_t length = readlink(path, target, sizeof target - 1);
        target[length < 0 ? 0 : length] = '\0';
        printf("ATTEMPT inherit an open file: succeeded (%d is %s)\n", fd, target);
        found++;
    }
    if (!found)
        printf("ATTEMPT inherit an open file: blocked (nothing but stdin, stdout and stderr)\n");
}
