// Sends every signal there is to the first process, by each of the three calls that send one. To the
// first process of its pid namespace the kernel delivers no signal that it has not asked for, not even
// SIGKILL, from inside.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
    int handle = syscall(SYS_pidfd_open, 1, 0);
    for (int number = 1; number < NSIG; number++) {
        if (kill(1, number) < 0)
            printf("refused: %d %s\n", number, strerrorname_np(errno));
        syscall(SYS_tgkill, 1, 1, number);
        syscall(SYS_pidfd_send_signal, handle, number, NULL, 0);
    }
    printf("ATTEMPT end the supervisor: blocked (it is still there, and so are we)\n");
}
