// dnotify is the first of three ways to be told that a directory has changed. Its successors, inotify and
// fanotify, are refused, for they are limited per user; this one is a command of fcntl, and was
// forgotten.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>

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
    int directory = open("/tmp", O_RDONLY);
    int file = open("/tmp/leased", O_RDONLY | O_CREAT, 0600);
    tell("be told of changes in a directory", fcntl(directory, F_NOTIFY, DN_CREATE) < 0);
    tell("be told of them by inotify", inotify_init() < 0);
    tell("take a lease on a file", fcntl(file, F_SETLEASE, F_RDLCK) < 0);
    tell("choose the signal for a descriptor", fcntl(file, F_SETSIG, SIGUSR1) < 0);
}
