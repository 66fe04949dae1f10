/* The zygote's part of Node.js (zygote.h). Loading this addon returns once in each program, never in the zygote.
 *
 * Node has threads and descriptors from its boot on, which fork(2) leaves behind or shares. Here a program gets copies
 * of the threads, and new descriptors of the same kinds under the same numbers. So Node and V8 need not know of it. */
#include <errno.h>
#include <stddef.h>
#include <unistd.h>

#include "bytes.h"
#include "descriptors.h"
#include "threads.h"
#include "zygote.h"

static void serve(void)
{
    const pid_t zygote = getpid();
    stop_threads();
    take_memory_along();
    note_descriptors();
    open_zygote();
    for (;;) {
        await_order();
        if (fork_into_nest(copy_process)) {
            become_ordered_program();
            if (getpid() == zygote) { /* by it OpenSSL knows that it needs other random numbers */
                errno = ENOTSUP;
                die("process id");
            }
            renew_descriptors();
            wake_threads();
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
