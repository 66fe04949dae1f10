/* Says how a run ended, for protocol.py: `name=number` for each number, in one frame. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct report {
    int64_t run; /* its number */
    int status;  /* of the main process, by wait(2) */
    bool deadline_passed, idle_passed, cpu_exhausted, cancelled;
    int64_t wall_us, cpu_us, memory_peak_bytes;
    bool memory_peak_exact; /* false: it is the most that was seen, since an earlier run of this slot took more */
    int64_t oom_kills, pids_refusals, processes_at_end;
    bool all_gone; /* false: the kernel has not removed all processes yet, so no files follow */
    bool disk_full, counts_calls;
    int64_t calls_refused, input_left;
    int64_t typed; /* bytes that the host has sent during the run (typed.h) */
    int error_bytes; /* of the frame before; -1: something has been written that is no error report */
};

#define REPORT_SIZE 560 /* bytes; a report has at most 480 */

/* Write it into `text`, without a NUL after it, and return its length. */
size_t format_report(char text[REPORT_SIZE], const struct report *report);
