/* Reads the line that requests a run, from protocol.py:
 *
 *     RUN <number> <wall ms> <cpu ms> <bytes of code> <of stdin> <of arguments> <of files>
 *         <most files to send> <most bytes of each> <most bytes of all> <idle ms> <most bytes of a session>\n
 *
 * Idle ms are 0 unless the run is interactive (typed.h). The last number is 0 unless it has a session (box.h).
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#define MAX_RUNS INT32_MAX
#define MAX_MS (INT64_MAX / 1000) /* so that the time in microseconds does not overflow */
#define MAX_CODE (4L << 20)
#define MAX_STDIN (16L << 20)
#define MAX_ARGUMENTS (32L << 10) /* less than a pipe's 64 KiB, so that writing them does not block */
#define MAX_FILES (32L << 20)     /* with the lines before them */
#define MAX_SENT 64               /* files; each takes a place in our memory */
#define MAX_SENT_BYTES (64L << 20)

struct request {
    int64_t number; /* of the run, as the ready frame has it */
    int64_t wall_ms, cpu_ms;
    int64_t code, input, arguments, files; /* bytes */
    int64_t most_sent, most_file_bytes, most_sent_bytes;
    int64_t idle_ms; /* 0: the input is whole, and there is no such limit */
    int64_t most_session_bytes;
};

/* Read the line, and no byte after it. Return 0, or why there is no request: ENODATA at the end of input,
 * EMSGSIZE if the line is too long, EBADMSG if it is anything else. */
int read_request(int fd, struct request *request);

/* Take a number between these two, and the one byte that must follow it. */
bool take_number(const char **text, char end, int64_t least, int64_t most, int64_t *number);

/* Whether a line, its newline included, is a request. */
bool parse_request(const char *line, struct request *request);
