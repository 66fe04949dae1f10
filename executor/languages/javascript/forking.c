/* The zygote's part of Node.js (zygote.h). Loading this addon returns once in each program, never in the zygote.
 *
 * Node has threads and descriptors from its boot on, which fork(2) leaves behind or shares. Here a program gets copies
 * of the threads, and new descriptors of the same kinds under the same numbers. So Node and V8 need not know of it. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bytes.h"
#include "descriptors.h"
#include "threads.h"
#include "zygote.h"

#define LOWEST_REUSED_ID 300 /* RESERVED_PIDS of the kernel */

/* V8 asks for a thread's id once, and knows by it who holds a lock. So a thread that is new in a program must not get an
 * id that one in here has: the program's begin above them (the step "ids" of nest.h). When the kernel has no higher ones
 * left, it begins again at 300. By the other process id OpenSSL knows that it needs other random numbers. */
static pid_t copy_above_our_ids(void)
{
    if (getpid() <= highest_id() || highest_id() >= LOWEST_REUSED_ID) {
        errno = ENOTSUP;
        return -1;
    }
    return copy_process();
}

/* Leave out what Node has registered for the end of a process: destructors, which take apart what the kernel frees
 * anyway, and a reset of the standard streams, whose other ends are the supervisor's. What a program registers itself
 * is called before this. */
static void end_at_once(int status, void *unused)
{
    (void)unused;
    fflush(NULL);
    _exit(status);
}

static void serve(void)
{
    stop_threads();
    take_memory_along();
    note_descriptors();
    open_zygote();
    for (;;) {
        await_order();
        if (fork_into_nest(copy_above_our_ids)) {
            become_ordered_program();
            renew_descriptors();
            wake_threads();
            on_exit(end_at_once, NULL);
            return;
        }
        answer_order();
    }
}

/* By its name Node finds it. No header is needed for that. */
__attribute__((visibility("default"))) void *napi_register_module_v1(void *env, void *exports)
{
    (void)env;
    (void)exports;
    serve();
    return NULL;
}
