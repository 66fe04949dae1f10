/* The processes of one run, with or without a nest: from the runner's boot to the last of them. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "input.h"
#include "nest.h"
#include "relay.h"
#include "request.h"

/* What the host starts us with. */
struct options {
    int patience_ms;
    int64_t locks, listens;
    bool by_line, read_only;
    const char *source; /* in /app */
    char **steps, **command;
};

/* The kernel's counters before a run's boot; they count for the whole life of the container. */
struct counts {
    int64_t oom_kills, pids_refusals, memory_peak;
};

struct run {
    pid_t main;       /* the program's own process; 0 in a nest, whose init reports its end */
    struct nest nest; /* without an init there is none */
    struct places places;
    struct input input;
    struct relay relay;
    int control[2], errors;
    bool ended;
    bool lost;     /* a process of ours was killed, and no program in a nest can do that */
    bool was_late; /* it was not gone in time: all is killed, the zygote too */
    int status;    /* of the main process, by wait(2) */
    struct counts before;
    int64_t files_before; /* bytes of copies of files on disk that earlier runs have left in memory */
};

/* Prepare for children, and start the zygote if there is one. Call it first. */
void begin(const struct options *options);

/* A descriptor from which SIGCHLD is read. */
extern int signals;

bool is_nested(const struct options *options);
struct counts count(void);

/* Start the runner, and wait for its boot signal. */
struct run boot(const struct options *options);

/* Wait for something on stdin, or its end. False if neither comes in time. A runtime that does not live until then
 * ends the supervisor: its program would be blamed. */
bool await_host(struct run *run, int patience_ms);

/* Hand over code, input, arguments and files. The program starts when the control pipe closes. */
void deliver(const struct options *options, const struct request *request, struct run *run);

/* Reap what has ended, some of it if that is much; the rest then makes `signals` ready. False if there is nothing to
 * wait for any more. */
bool reap(struct run *run);

/* Reap all that has ended, unless more ends all the time. */
void reap_all(struct run *run);

/* Our processes beside PID 1. */
int64_t own_processes(const struct run *run);

/* Wait for a child to end, or for the host to leave, but not long. */
void wait_a_moment(void);

/* Kill all processes of the run, and pass on all that it has written. False if some of them are not gone in time; they
 * run no more of the program. */
bool end_all(struct run *run);

/* Close what is left of a run in this process. */
void clear_away(struct run *run);
