#define _GNU_SOURCE
#include "passing.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

bool pass(int to, const void *bytes, size_t size, const int *fds, size_t count)
{
    char control[CMSG_SPACE(MOST_PASSED * sizeof *fds)] = {0};
    struct iovec part = {(void *)bytes, size};
    struct msghdr header = {.msg_iov = &part,
                            .msg_iovlen = 1,
                            .msg_control = control,
                            .msg_controllen = CMSG_SPACE(count * sizeof *fds)};
    struct cmsghdr *c = CMSG_FIRSTHDR(&header);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(count * sizeof *fds);
    memcpy(CMSG_DATA(c), fds, count * sizeof *fds);
    return sendmsg(to, &header, MSG_NOSIGNAL) == (ssize_t)size;
}

ssize_t take_passed(int from, void *bytes, size_t size, int *fds, size_t *count)
{
    char control[CMSG_SPACE(MOST_PASSED * sizeof *fds)];
    struct iovec part = {bytes, size};
    struct msghdr header = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t n;
    while ((n = recvmsg(from, &header, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR)
        ;
    struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&header) : NULL;
    size_t came = c ? (c->cmsg_len - CMSG_LEN(0)) / sizeof *fds : 0;
    if (came == 0 || came > *count || (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
        return -1;
    memcpy(fds, CMSG_DATA(c), came * sizeof *fds);
    *count = came;
    return n;
}
