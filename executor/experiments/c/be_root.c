// Who are we? In a container without user namespaces, root inside is root outside, only with fewer
// powers: the same user to whom the host's files belong.
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <unistd.h>

static void tell(const char *what, int failed)
{
    if (failed)
        printf("ATTEMPT %s: blocked (%s)\n", what, strerrorname_np(errno));
    else
        printf("ATTEMPT %s: succeeded\n", what);
}

int main(void)
{
    uid_t real, effective, saved;
    getresuid(&real, &effective, &saved);
    if (!real || !effective || !saved)
        printf("ATTEMPT be root: succeeded\n");
    else
        printf("ATTEMPT be root: blocked (we are user %u, whom the host does not know)\n", real);

    gid_t root = 0;
    tell("setuid(0)", setuid(0));
    tell("setgid(0)", setgid(0));
    tell("seteuid(0)", seteuid(0));
    tell("join root's group", setgroups(1, &root));
    if (setfsuid(0), setfsuid(-1) == 0) // of files only; it reports no error, but who one is
        printf("ATTEMPT setfsuid(0): succeeded\n");
    else
        printf("ATTEMPT setfsuid(0): blocked (we are still who we were)\n");
}
