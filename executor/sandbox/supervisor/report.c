#include "report.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/wait.h>

size_t format_report(char text[REPORT_SIZE], const struct report *r)
{
    return (size_t)snprintf(
        text, REPORT_SIZE,
        "run=%" PRId64 " exit_code=%d signal=%d deadline_passed=%d idle_passed=%d cpu_exhausted=%d cancelled=%d"
        " wall_us=%" PRId64 " cpu_us=%" PRId64 " memory_peak_bytes=%" PRId64 " memory_peak_exact=%d"
        " oom_kills=%" PRId64 " pids_refusals=%" PRId64 " processes_at_end=%" PRId64 " all_gone=%d"
        " disk_full=%d counts_calls=%d calls_refused=%" PRId64 " input_left=%" PRId64 " typed=%" PRId64 " error_bytes=%d",
        r->run, WIFEXITED(r->status) ? WEXITSTATUS(r->status) : -1,
        WIFSIGNALED(r->status) ? WTERMSIG(r->status) : 0, r->deadline_passed, r->idle_passed,
        r->cpu_exhausted, r->cancelled, r->wall_us, r->cpu_us, r->memory_peak_bytes, r->memory_peak_exact, r->oom_kills,
        r->pids_refusals, r->processes_at_end, r->all_gone, r->disk_full, r->counts_calls, r->calls_refused,
        r->input_left, r->typed, r->error_bytes);
}
