// Eats memory, a MiB at a time. malloc only promises memory, and it never refuses: the kernel gives
// a page at the first write to it. So a program does not see that there is none left.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MIB (1 << 20)

int main(void)
{
    for (int taken = 0; taken < 300; taken++) { // more than twice what is allowed
        volatile char *piece = malloc(MIB);
        for (int at = 0; at < MIB; at += getpagesize())
            piece[at] = 1;
        if (taken % 50 == 0)
            printf("%d MiB\n", taken);
    }
    printf("ATTEMPT take 300 MiB: succeeded (all of it is ours)\n");
}
