#include "bytes.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void die(const char *what)
{
    dprintf(STDERR_FILENO, "supervisor: %s: %s\n", what, strerror(errno));
    _exit(70); /* EX_SOFTWARE */
}

bool read_all(int fd, void *buffer, size_t size)
{
    for (char *at = buffer; size > 0;) {
        ssize_t n = read(fd, at, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        at += n;
        size -= (size_t)n;
    }
    return true;
}

void write_all(int fd, const void *buffer, size_t size)
{
    for (const char *at = buffer; size > 0;) {
        ssize_t n = write(fd, at, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN) { /* the program shares the pipe and made it non-blocking */
            poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1);
            continue;
        }
        if (n < 0)
            die("write");
        at += n;
        size -= (size_t)n;
    }
}

void copy(int from, int to, int64_t size)
{
    char chunk[16384];
    while (size > 0) {
        size_t part = size < (int64_t)sizeof chunk ? (size_t)size : sizeof chunk;
        if (!read_all(from, chunk, part))
            _exit(0); /* the host has disconnected */
        if (to >= 0)
            write_all(to, chunk, part);
        size -= (int64_t)part;
    }
}
