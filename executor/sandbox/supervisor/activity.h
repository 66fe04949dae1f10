/* What an interactive run does, and for how long it has done nothing. It does something when it is sent input,
 * prints, or uses CPU time. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "run.h"

struct activity {
    int64_t last_us, cpu_us;          /* when it last did something, and the CPU time that it had used by then */
    int64_t typed, pieces;            /* bytes that had come in, and pieces of output */
    int64_t window_us, window_cpu_us; /* when the present look began, and the CPU time used by then */
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
