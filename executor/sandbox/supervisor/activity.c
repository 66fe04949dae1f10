#include "activity.h"

#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "bytes.h"
#include "counters.h"
#include "frames.h"

#define IDLE_CPU_US 100000 /* less CPU time than this does not end idleness: a game that looks at a clock is idle */
#define WINDOW_US 200000   /* a moment in which nothing happens */
#define WINDOW_CPU_US 5000 /* … except the use of this CPU time */

/* What the run has used, without our own looking. */
static int64_t used_us(void)
{
    struct timespec own;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own);
    return cpu_us() - (int64_t)own.tv_sec * 1000000 - own.tv_nsec / 1000;
}

struct activity begin_activity(int64_t now)
{
    int64_t used = used_us();
    return (struct activity){.last_us = now, .cpu_us = used, .window_us = now, .window_cpu_us = used};
}

void note_activity(struct activity *a, const struct run *run, int64_t now, int64_t typed)
{
    int64_t used = used_us(), pieces = pieces_passed(&run->relay);
    bool has_moved = typed != a->typed || pieces != a->pieces;
    if (has_moved || used - a->cpu_us >= IDLE_CPU_US) {
        a->last_us = now;
        a->cpu_us = used;
        a->typed = typed;
        a->pieces = pieces;
    }
    if (has_moved || used - a->window_cpu_us >= WINDOW_CPU_US)
        a->seems_to_wait = false;
    else if (now - a->window_us < WINDOW_US)
        return;
    else
        a->seems_to_wait = run->input.is_open && is_all_taken(&run->input);
    a->window_us = now;
    a->window_cpu_us = used;
}

int64_t idle_us(const struct activity *a, int64_t now)
{
    return now - a->last_us;
}

void tell_if_waiting(struct activity *a)
{
    if (a->seems_to_wait == a->was_told)
        return;
    /* A host that does not read must not stop our clocks. In one piece, since the relay writes there too. */
    if (poll(&(struct pollfd){.fd = STDOUT_FILENO, .events = POLLOUT}, 1, 0) == 0)
        return;
    char whole[FRAME_HEADER + 1];
    head_frame(whole, WAITING, 1);
    whole[FRAME_HEADER] = a->seems_to_wait ? '1' : '0';
    write_all(STDOUT_FILENO, whole, sizeof whole);
    a->was_told = a->seems_to_wait;
}
