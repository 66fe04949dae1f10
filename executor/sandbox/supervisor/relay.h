/* Passes the program's output on to the host, in frames. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* A process of its own reads the program's pipes. A program can hold a pipe's lock as long as it likes (input.h),
 * and who waits for that lock cannot even be killed; if that were PID 1, no limit would hold. */
struct relay {
    pid_t pid;     /* 0: it has ended */
    int out, err;  /* our own copies of the pipes' reading ends, for finish_relay() */
    int tell;      /* closing it asks the relay to kill all others */
    struct relay_state *state;
};

/* Start the relay for what is written to these pipes. */
struct relay start_relay(int out, int err);

/* Ask the relay to kill all processes but itself and PID 1, which kill(2) lets only itself do: so no output
 * is lost that it has read and not yet passed on. */
void ask_relay_to_kill(struct relay *relay);

/* Whether it has done so. */
bool relay_has_killed(const struct relay *relay);

/* Whether the host has yet to take what it writes. */
bool relay_waits_for_host(const struct relay *relay);

/* Tell it to end after what it is doing. What is in the pipes then stays there for finish_relay(). */
void tell_relay_to_stop(const struct relay *relay);

/* Whether it has read something that it has not yet written, or is about to. False is final once it is to stop. */
bool relay_holds_output(const struct relay *relay);

/* How many pieces of output it has passed on. */
int64_t pieces_passed(const struct relay *relay);

/* Pass on what a stopped or killed relay has left, once all other processes are killed, and close everything. */
void finish_relay(struct relay *relay);
