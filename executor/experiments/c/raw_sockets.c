// A raw socket sends whatever bytes one likes: forged senders, scans, attacks on the neighbours' ARP
// tables. Docker gives every container the capability for it, unless it is taken away.
#define _GNU_SOURCE
#include <errno.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static void try(const char *name, int family, int protocol)
{
    if (socket(family, SOCK_RAW, protocol) >= 0)
        printf("ATTEMPT open a raw %s socket: succeeded\n", name);
    else
        printf("ATTEMPT open a raw %s socket: blocked (%s)\n", name, strerrorname_np(errno));
}

int main(void)
{
    try("IPv4", AF_INET, IPPROTO_ICMP);
    try("IPv6", AF_INET6, IPPROTO_ICMPV6);
    try("Ethernet", AF_PACKET, htons(ETH_P_ALL)); // it sees and sends whole frames
}
