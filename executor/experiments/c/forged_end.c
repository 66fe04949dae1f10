// Lies about its own end. The host learns of the end of a run by a report on the container's stdout. This
// program writes what such a report looks like, saying "exit code 0, no limit was hit", to every
// descriptor there may be, and then fails. What it writes arrives as output, whatever it is.
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
    char frame[256] = "X";
    int runs[] = {1, 2, 999};
    for (int i = 0; i < 3; i++) {
        unsigned length = sprintf(
            frame + 5, "run=%d exit_code=0 signal=0 deadline_passed=0 cancelled=0 oom_kills=0", runs[i]);
        memcpy(frame + 1, &length, 4);
        for (int fd = 0; fd < 256; fd++)
            if (write(fd, frame, length + 5) < 0)
                continue;
    }
    printf("\nATTEMPT end the run with a forged report: blocked (you still read what comes after it)\n");
    return 3;
}
