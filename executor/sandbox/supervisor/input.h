/* The program's standard input: a pipe that the supervisor fills as the program empties it. */
#pragma once
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define MAX_TYPED (64 << 10) /* bytes that may come during the run */
#define COUNT_MS 200         /* of a machine that has much else to do */

/* What the process that gives the input shares with us. */
struct fed {
    atomic_int_fast64_t given; /* by it */
    atomic_int_fast64_t size;  /* of what there is to give */
    atomic_bool is_open;       /* more may come */
    atomic_bool is_giving;     /* what it gives just now may be missing in `given` */
};

struct input {
    int reading;    /* our own copy of the program's end: it counts what is left in the pipe, and while it is
                     * there a write neither fails nor raises SIGPIPE */
    int writing;    /* -1: all has been given, so the program reads the end of input next */
    int file;       /* in memory, with the whole input: as a buffer of ours it would make us a larger target
                     * for the kernel when memory runs out */
    int64_t size, given;
    bool is_open;   /* more may come during the run */
    int64_t typed;  /* bytes that have */
    int more;       /* tells the feeder that more has come, or the end; -1 unless it was open at the start */
    int lines_left; /* to be given one by one */
    pid_t feeder;   /* the process that gives the rest; 0: there is none */
    struct fed *fed;
};

/* Make the pipe. By line, each of the first lines is given when the program has taken the one before: a
 * program that asks one question after another gets each answer by itself, as from a person who types. */
struct input open_input(bool by_line);

/* Read the input from the host, and give the program what the pipe holds. If it stays open, more may be added,
 * and the memory for it is taken now: later the program may have left none. */
void take_input(struct input *input, int from, int64_t size, bool stays_open);

/* Give more, if `writing` is ready. It waits only for the pipe's lock. */
void feed(struct input *input);

/* Let a process of its own give the rest. A program can open its end for writing and hold the pipe's lock as
 * long as it likes (sendfile(2) from a socket on which nothing arrives), and who waits for that lock cannot
 * even be killed. If that were we, no limit would hold and the engine could not end the sandbox. */
void start_feeder(struct input *input);

/* Add to an input that is open. False if it is not, or would have more than MAX_TYPED. */
bool add_input(struct input *input, const void *bytes, size_t size);

/* End an input that is open: the program reads its end after the last byte. */
void end_input(struct input *input);

/* Whether the program has taken all that has come. It waits for no lock. */
bool is_all_taken(const struct input *input);

/* Wait until the feeder has counted what it gave, COUNT_MS at most: a program may read that, and end,
 * before the feeder runs again. Call it before the feeder is killed, and when the program cannot run any
 * more: by the pipe's lock it could make us wait, and would have that time for itself. */
void await_count(const struct input *input);

/* The bytes that the program has not taken. Call it only when all other processes are killed. */
int64_t input_left(const struct input *input);

void close_input(struct input *input);
