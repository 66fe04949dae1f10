/* What an interactive run does, and for how long it has done nothing. It does something when it is sent input,
 * prints, or uses CPU time. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "run.h"

struct activity {
    int64_t last_us;      /* when it last did something */
    int64_t cpu_us;       /* … and what it had used by then */
    int64_t typed, pieces; /* that have come in and gone out */
    int64_t window_us, window_cpu_us; /* the same at the begin of the present look */
    bool seems_to_wait, was_told;
};

struct activity begin_activity(int64_t now);

/* Look at it. `typed` is how many bytes the host has sent. */
void note_activity(struct activity *a, const struct run *run, int64_t now, int64_t typed);

/* For how long it has been idle. */
int64_t idle_us(const struct activity *a, int64_t now);

/* Tell the host when the run begins or ceases to seem to wait for input: it has taken all of it, and for a moment
 * it has printed nothing and used next to no CPU time. A program that sleeps looks the same. */
void tell_if_waiting(struct activity *a);
