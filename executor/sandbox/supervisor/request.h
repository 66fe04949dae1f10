/* Reads the line that requests a run, from protocol.py:
 *
 *     RUN <number> <wall ms> <cpu ms> <bytes of code> <of stdin> <of arguments>\n
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#define MAX_RUNS INT32_MAX
#define MAX_MS (INT64_MAX / 1000) /* so that the time in microseconds does not overflow */
#define MAX_CODE (4L << 20)
#define MAX_STDIN (16L << 20)
#define MAX_ARGUMENTS (32L << 10) /* less than a pipe's 64 KiB, so that writing them does not block */

struct request {
    int64_t number; /* of the run, as the ready frame has it */
    int64_t wall_ms, cpu_ms;
    int64_t code, input, arguments; /* bytes */
};

/* Read the line, and no byte after it. Return 0, or why there is no request: ENODATA at the end of input,
 * EMSGSIZE if the line is too long, EBADMSG if it is anything else. */
int read_request(int fd, struct request *request);

/* Whether a line, its newline included, is a request. */
bool parse_request(const char *line, struct request *request);
