/* Reports how a run ended, for protocol.py: a marker on each of stdout and stderr,
 *
 *     NUL SOH "END " <nonce> [report] \n
 *
 * The report's last number, `error_bytes`, is the size of the error report (error.h) that follows its line.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct report {
    int status; /* of the main process, by wait(2) */
    bool deadline_passed, cpu_exhausted, cancelled;
    int64_t wall_us, cpu_us, memory_peak_bytes, oom_kills, pids_refusals, processes_at_end;
    bool disk_full, counts_calls;
    int64_t calls_refused, input_left;
    int error_bytes; /* -1: something has been written that is no error report */
};

#define REPORT_SIZE 512 /* bytes; a report has at most about 460 */

/* Each writes a marker's line into `text`, without a NUL after it, and returns its length. */
size_t format_marker(char text[REPORT_SIZE], const char *nonce);
size_t format_report(char text[REPORT_SIZE], const char *nonce, const struct report *report);
