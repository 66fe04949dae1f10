// The kernel speaks many more protocols than TCP and UDP, and much of that code is old, rarely used and
// full of surprises: asking for a socket is enough to load it. EPERM comes from the filter of system
// calls. Any other answer means that the kernel was asked.
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static const struct {
    const char *name;
    int family, type, protocol;
} sockets[] = {
    {"netlink", AF_NETLINK, SOCK_RAW, 0},
    {"packet", AF_PACKET, SOCK_RAW, 0},
    {"vsock", AF_VSOCK, SOCK_STREAM, 0},
    {"crypto (AF_ALG)", AF_ALG, SOCK_SEQPACKET, 0},
    {"CAN", AF_CAN, SOCK_RAW, 0},
    {"TIPC", AF_TIPC, SOCK_SEQPACKET, 0},
    {"SCTP", AF_INET, SOCK_STREAM, 132}, // a usual family, and a rare protocol of it
};

int main(void)
{
    for (size_t i = 0; i < sizeof sockets / sizeof *sockets; i++) {
        int fd = socket(sockets[i].family, sockets[i].type, sockets[i].protocol);
        if (fd >= 0)
            printf("ATTEMPT open a %s socket: succeeded\n", sockets[i].name);
        else if (errno == EPERM)
            printf("ATTEMPT open a %s socket: blocked (EPERM)\n", sockets[i].name);
        else
            printf("ATTEMPT open a %s socket: succeeded (the kernel was asked: %s)\n",
                   sockets[i].name, strerrorname_np(errno));
    }
}
