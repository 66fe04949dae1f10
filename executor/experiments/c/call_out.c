// Calls somebody: a machine in the internet (an address that is reserved for examples), the address at
// which clouds hand out credentials, and the next machine, if there is any. UDP asks for no connection:
// one packet is enough to carry a secret out.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct sockaddr_in address(in_addr_t host, int port)
{
    struct in_addr to = {host};
    return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = to};
}

/* Connect within a second. Return 0, or the error. */
static int connected(struct sockaddr_in to)
{
    int error = 0, fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0)
        return errno;
    fcntl(fd, F_SETFL, O_NONBLOCK);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
        error = errno;
    if (error == EINPROGRESS) {
        struct pollfd ready = {.fd = fd, .events = POLLOUT};
        socklen_t size = sizeof error;
        error = ETIMEDOUT;
        if (poll(&ready, 1, 1000) > 0)
            getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    }
    close(fd);
    return error;
}

static void call(const char *name, in_addr_t host, int port)
{
    int error = connected(address(host, port));
    if (!error)
        printf("ATTEMPT call %s: succeeded (connected)\n", name);
    else if (error == ECONNREFUSED)
        printf("ATTEMPT call %s: succeeded (it answered: connection refused)\n", name);
    else
        printf("ATTEMPT call %s: blocked (%s)\n", name, strerrorname_np(error));
}

/* Call the first address of each network that we are in: that is where the host listens. */
static int call_neighbours(void)
{
    FILE *routes = fopen("/proc/net/route", "r");
    char line[256];
    unsigned network, mask;
    int found = 0;
    while (routes && fgets(line, sizeof line, routes))
        if (sscanf(line, "%*s %x %*x %*x %*d %*d %*d %x", &network, &mask) == 2 && network && mask) {
            call("the next machine", htonl(ntohl(network) + 1), 22);
            found++;
        }
    return found;
}

int main(void)
{
    if (!call_neighbours())
        printf("ATTEMPT find a next machine: blocked (there is no route to anywhere)\n");
    call("the internet", inet_addr("192.0.2.1"), 80);
    call("the cloud's metadata", inet_addr("169.254.169.254"), 80);

    struct sockaddr_in to = address(inet_addr("192.0.2.1"), 53);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (sendto(fd, "secret", 6, 0, (struct sockaddr *)&to, sizeof to) == 6)
        printf("ATTEMPT send a packet to the internet: succeeded\n");
    else
        printf("ATTEMPT send a packet to the internet: blocked (%s)\n", strerrorname_np(errno));
}
