// Becomes root of a little world of its own. A user namespace gives an ordinary user all capabilities
// inside of it, and with them all the code in the kernel that was written when only root could get
// there. Three system calls make one. A filter cannot see what the newest, clone3, is asked for, because
// that is in memory.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
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
    struct clone_args how = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
    long child = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL);
    if (child == 0)
        _exit(0);
    tell("make a user namespace by clone", child < 0);
    if ((child = syscall(SYS_clone3, &how, sizeof how)) == 0)
        _exit(0);
    tell("make a user namespace by clone3", child < 0);

    mkdir("/tmp/place", 0700);
    if (fork() == 0) { // in a child, so that we stay who we are
        tell("make a user namespace by unshare", unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0);
        tell("mount a file system", mount("none", "/tmp/place", "tmpfs", 0, NULL) < 0);
        _exit(0);
    }
    while (wait(NULL) > 0)
        ;
}
