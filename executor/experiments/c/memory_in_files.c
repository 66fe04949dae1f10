// Memory that belongs to no process: files that exist in memory only. The kernel's killer looks for a
// big process and finds none, so the control group must be charged for such files.
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PIECE (15 << 20)

int main(void)
{
    static char piece[PIECE];
    memset(piece, 'x', sizeof piece);
    for (int number = 0; number < 20; number++) {
        int file = memfd_create("file", 0);
        if (write(file, piece, sizeof piece) != PIECE) {
            printf("ATTEMPT keep 300 MiB in memory files: blocked (%s)\n", strerrorname_np(errno));
            return 1;
        }
    }
    printf("ATTEMPT keep 300 MiB in memory files: succeeded (all of it is ours)\n");
}
