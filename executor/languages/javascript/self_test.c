/* Tries once, where an image is built, whether this Node can be copied: loading this addon returns in a copy. The first
 * process ends as the copy does. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "descriptors.h"
#include "threads.h"

__attribute__((visibility("default"))) void *napi_register_module_v1(void *env, void *exports)
{
    (void)env;
    (void)exports;
    stop_threads();
    take_memory_along();
    note_descriptors();
    pid_t copy = copy_process();
    if (copy != 0) {
        int status;
        _exit(waitpid(copy, &status, 0) != copy || !WIFEXITED(status) ? 1 : WEXITSTATUS(status));
    }
    renew_descriptors();
    wake_threads();
    return NULL;
}
