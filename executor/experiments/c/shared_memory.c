// System V shared memory has a number: any program that knows it gets the memory, which stays when all
// its users have ended. So do its queues and semaphores. Our own IPC namespace has none of others, and the
// filter refuses the calls.
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

#define KEY 0x5AFEC0DE

static void tell(const char *what, int failed)
{
    if (failed)
        printf("ATTEMPT leave %s behind: blocked (%s)\n", what, strerrorname_np(errno));
    else
        printf("ATTEMPT leave %s behind: succeeded\n", what);
}

int main(void)
{
    tell("shared memory", shmget(KEY, 4096, IPC_CREAT | 0666) < 0);
    tell("a message queue", msgget(KEY, IPC_CREAT | 0666) < 0);
    tell("a semaphore", semget(KEY, 1, IPC_CREAT | 0666) < 0);
}
