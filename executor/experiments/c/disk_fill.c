// Fills the disk. When the disk that holds containers, logs and databases is full, everything on the
// machine fails at once.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PIECE (16 << 20)

int main(void)
{
    static char piece[PIECE];
    for (int number = 0; number < 4; number++) {
        char path[20];
        snprintf(path, sizeof path, "/tmp/file-%d", number);
        int file = open(path, O_CREAT | O_WRONLY, 0600);
        // A disk that becomes full takes a part, and has an error only for the rest.
        for (ssize_t done = 0, n; done < PIECE; done += n)
            if ((n = write(file, piece + done, PIECE - done)) <= 0) {
                printf("ATTEMPT write 64 MiB to /tmp: blocked (%s)\n", strerrorname_np(errno));
                return 1;
            }
    }
    printf("ATTEMPT write 64 MiB to /tmp: succeeded (it is all there)\n");
}
