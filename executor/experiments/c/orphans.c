// Leaves somebody behind: a grandchild in a session of its own, as a daemon starts. If the run ended
// only its main process, the grandchild would continue to mine, to scan or to wait for you.
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    if (fork() == 0) {
        setsid();
        if (fork() == 0) {
            sleep(2);
            printf("ATTEMPT outlive the run: succeeded (two seconds after its end)\n");
            for (;;)
                pause();
        }
        _exit(0);
    }
    wait(NULL);
    printf("the main process ends; a daemon stays behind\n");
}
