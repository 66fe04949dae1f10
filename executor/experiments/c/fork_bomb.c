// The classic, with an end: a real one is `for (;;) fork();`. It doubles with each turn. When the
// machine's table of processes is full, nobody can start anything, not even the `kill` that would help.
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WANTED 100

int main(void)
{
    for (int alive = 0; alive < WANTED; alive++) {
        pid_t child = fork();
        if (child == 0) {
            sleep(5);
            _exit(0);
        }
        if (child < 0) {
            printf("ATTEMPT have 100 children: blocked (%s after %d)\n", strerrorname_np(errno),
                   alive);
            return 1;
        }
    }
    printf("ATTEMPT have 100 children: succeeded (all are alive)\n");
}
