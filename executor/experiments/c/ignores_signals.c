// Ignores and blocks every signal, the real-time ones included. The kernel delivers SIGKILL and
// SIGSTOP all the same: it does not ask the program.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

int main(void)
{
    sigset_t all;
    for (int number = 1; number < NSIG; number++)
        if (signal(number, SIG_IGN) == SIG_ERR)
            printf("cannot be ignored: %d\n", number);
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);

    struct timespec rest = {.tv_sec = 2}; // more than it is allowed
    while (nanosleep(&rest, &rest) < 0 && errno == EINTR)
        ;
    printf("ATTEMPT outlive the time limit: succeeded (no signal reached us)\n");
}
