/* Copies a process together with its threads, which fork(2) does not. */
#pragma once
#include <sys/types.h>

/* Stop all other threads of this process, for good. After it nothing may be called that takes a lock, such as malloc(). */
void stop_threads(void);

/* The highest id of the threads that stop_threads() found, this one included. */
pid_t highest_id(void);

/* Let a copy have all memory. V8 marks its heap as not to be copied. */
void take_memory_along(void);

/* As fork(2), but without any handler; for this process, or one that borrows its memory. */
pid_t copy_process(void);

/* In a copy: let the threads continue where they were. */
void wake_threads(void);
