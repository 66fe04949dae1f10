#define _GNU_SOURCE
#include "program.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "bytes.h"
#include "nest.h"

void keep_descriptors(const int *fds, int count)
{
    /* First to numbers from 10: they may have the numbers that dup2 replaces. */
    int high[ENDS];
    for (int i = 0; i < count; i++)
        high[i] = fcntl(fds[i], F_DUPFD, 10);
    for (int i = 0; i < count; i++)
        if (dup2(high[i], i) < 0)
            die("dup2");
    close_range((unsigned)count, ~0U, 0);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

void become_program(int proc, const struct ends *ends, char *const *steps)
{
    /* When memory runs out, the kernel must kill the program, never the supervisor. Only a dumpable
     * process may write this; the program is dumpable anyway. */
    prctl(PR_SET_DUMPABLE, 1);
    int fd = openat(proc, "self/oom_score_adj", O_WRONLY);
    if (fd < 0 || write(fd, "1000", 4) != 4)
        die("oom_score_adj");
    put_under_profile(proc, steps);
    const int fds[ENDS] = {ends->input, ends->output, ends->errput, ends->control, ends->errors};
    keep_descriptors(fds, ENDS);
    setsid();
    close_the_door(steps);
}
