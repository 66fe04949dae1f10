// A connection is memory of the kernel's, and no control group is charged for it before somebody
// accepts it. So the number of sockets that listen must have an end. Unix sockets do for this, and
// their abstract names need no file.
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define WANTED 43

int main(void)
{
    for (int number = 0; number < WANTED; number++) {
        struct sockaddr_un name = {.sun_family = AF_UNIX};
        snprintf(name.sun_path + 1, sizeof name.sun_path - 1, "listener-%d", number);
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof name) < 0 || listen(fd, 128) < 0) {
            printf("ATTEMPT listen on %d sockets: blocked (%s after %d)\n", WANTED,
                   strerrorname_np(errno), number);
            return 0;
        }
    }
    printf("ATTEMPT listen on %d sockets: succeeded (all of them wait for connections)\n", WANTED);
}
