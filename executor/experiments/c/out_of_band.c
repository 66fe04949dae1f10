// "Out of band" is a byte that overtakes the others, from the early days of TCP. In 2021 unix sockets
// learned it too; hardly anybody noticed, and the code had a hole that led from a browser's sandbox into
// the kernel.
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static void tell(const char *what, int failed)
{
    if (!failed)
        printf("ATTEMPT %s: succeeded\n", what);
    else if (errno == EPERM)
        printf("ATTEMPT %s: blocked (EPERM)\n", what);
    else
        printf("ATTEMPT %s: succeeded (the kernel was asked: %s)\n", what, strerrorname_np(errno));
}

int main(void)
{
    int ends[2];
    char byte = '!';
    struct iovec data = {&byte, 1};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
    socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
    tell("send out of band", send(ends[0], &byte, 1, MSG_OOB) < 0);
    tell("send a message out of band", sendmsg(ends[0], &message, MSG_OOB) < 0);
}
