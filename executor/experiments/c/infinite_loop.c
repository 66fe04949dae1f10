// A loop that does not mean to end. Native code calls nobody while it runs: no interpreter can
// interrupt it, only the kernel.
#include <stdio.h>
#include <time.h>

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

int main(void)
{
    double end = seconds() + 2; // more than it is allowed, and compiling took time too
    while (seconds() < end)
        ;
    printf("ATTEMPT run for 2 seconds: succeeded (nobody ended it)\n");
}
