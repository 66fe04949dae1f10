/* A zygote: a runtime that has booted once, outside of any nest, and never gets a program. It forks the processes of
 * programs into nests, which saves each of them the boot. A language whose runner can be one has this file's second
 * part in its runtime; the step "nest=fork" asks for it. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "nest.h"
#include "program.h"

/* ---- in the supervisor ---- */

struct zygote {
    pid_t pid;
    int64_t processes; /* its threads */
    int socket; /* -1: there is none */
    int said;   /* what it writes */
};

/* Start this command as a zygote, if the steps ask for it. Without one, each nest executes the command. */
struct zygote start_zygote(char *const *steps, char **command);

/* Let it fork a process into the nest. Return the process's id in there; 0 if it cannot: then there is no zygote
 * any more, and stderr has the reason. */
pid_t fork_from(struct zygote *zygote, const struct nest *nest, int proc, const struct ends *ends,
                char *const *steps);

/* ---- in the zygote ---- */

#define ZYGOTE_FD 3 /* its socket to the supervisor; a program's descriptor 3 is a pipe */

/* Whether some memory of this process, to which it can write, would be that of its forks too: then each program
 * would see what others have written. */
bool shares_memory(void);

/* Tell the supervisor that the runtime has booted. End the process if it shares memory. */
void open_zygote(void);

/* Wait until a program's process is wanted. End the zygote if the supervisor has gone. */
void await_order(void);

/* Fork into the nest of the last order by this function, which is as fork(2): true in the program's process. */
bool fork_into_nest(pid_t (*make_copy)(void));

/* In the program's process: become the program's. In the zygote: answer the supervisor. */
void become_ordered_program(void);
void answer_order(void);
