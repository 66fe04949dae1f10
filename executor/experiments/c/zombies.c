// A zombie is a process that has ended and whose parent does not ask how. It uses no memory and no
// time, only its number, and of those there are few.
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WANTED 200

int main(void)
{
    for (int dead = 0; dead < WANTED; dead++) {
        pid_t child = fork();
        if (child == 0)
            _exit(0);
        if (child < 0) {
            printf("ATTEMPT keep 200 zombies: blocked (%s after %d)\n", strerrorname_np(errno), dead);
            return 1;
        }
    }
    printf("ATTEMPT keep 200 zombies: succeeded (nobody reaped them)\n");
}
