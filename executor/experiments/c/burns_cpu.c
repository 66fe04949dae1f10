// Many processes, each modest, together greedy. RLIMIT_CPU counts the time of one process, so it
// sees nothing wrong here. Only a counter of the whole group does.
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROCESSES 16

int main(void)
{
    for (int i = 0; i < PROCESSES; i++)
        if (fork() == 0) {
            while (clock() < CLOCKS_PER_SEC / 10) // the CPU time of this process
                ;
            _exit(0);
        }
    while (wait(NULL) > 0)
        ;
    printf("ATTEMPT use 1.6 seconds of CPU time in 16 processes: succeeded (three times the limit)\n");
}
