#include "error.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

int take_error(int fd, char line[ERROR_SIZE])
{
    size_t size = 0;
    ssize_t n;
    /* A last read finds the end, or what nobody else can be writing: all processes are killed. */
    while (size < ERROR_SIZE && (n = read(fd, line + size, ERROR_SIZE - size)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            break;
        size += (size_t)n;
    }
    char more;
    if (size == ERROR_SIZE && read(fd, &more, 1) > 0)
        return -1;
    if (size == 0)
        return 0;
    return memchr(line, '\n', size) == line + size - 1 ? (int)size : -1;
}
