// A setuid program runs with its owner's powers, for every user: /usr/bin/su runs as root. Two things
// prevent this: the image has no such program, and this process can never gain powers again.
#define _GNU_SOURCE
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

static int found;

static int visit(const char *path, const struct stat *about, int kind, struct FTW *where)
{
    (void)where;
    if (strcmp(path, "/proc") == 0 || strcmp(path, "/sys") == 0)
        return FTW_SKIP_SUBTREE;
    if (kind == FTW_F && about->st_mode & (S_ISUID | S_ISGID)) {
        printf("ATTEMPT find a setuid program: succeeded (%s)\n", path);
        found++;
    }
    return FTW_CONTINUE;
}

int main(void)
{
    nftw("/", visit, 16, FTW_PHYS | FTW_ACTIONRETVAL);
    if (!found)
        printf("ATTEMPT find a setuid program: blocked (there is none)\n");
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
        printf("ATTEMPT be able to gain privileges: blocked (no_new_privs is on)\n");
    else
        printf("ATTEMPT be able to gain privileges: succeeded (no_new_privs is off)\n");
}
