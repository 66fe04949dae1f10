// Queries a name server. Even where no connection gets out, names often do:
// "secret-data.attacker.example" is a message to the owner of attacker.example.
#include <netdb.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
    FILE *file = fopen("/etc/resolv.conf", "r");
    char line[256], server[256] = "";
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "nameserver %200s", server) == 1)
            break;
    if (*server)
        printf("ATTEMPT find a name server: succeeded (%s)\n", server);
    else
        printf("ATTEMPT find a name server: blocked (none is configured)\n");

    struct addrinfo *found;
    int error = getaddrinfo("example.com", "80", NULL, &found);
    if (error)
        printf("ATTEMPT look up example.com: blocked (%s)\n", gai_strerror(error));
    else
        printf("ATTEMPT look up example.com: succeeded\n");
}
