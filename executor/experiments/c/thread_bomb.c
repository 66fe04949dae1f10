// Threads are processes to the kernel: they take the same numbers from the same table. A limit that
// counts processes only would miss them.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WANTED 200

static void *wait_a_while(void *nothing)
{
    sleep(5);
    return nothing;
}

int main(void)
{
    for (int alive = 0; alive < WANTED; alive++) {
        pthread_t thread;
        int error = pthread_create(&thread, NULL, wait_a_while, NULL);
        if (error) {
            printf("ATTEMPT have 200 threads: blocked (%s after %d)\n", strerrorname_np(error),
                   alive);
            return 1;
        }
    }
    printf("ATTEMPT have 200 threads: succeeded (all are alive)\n");
}
