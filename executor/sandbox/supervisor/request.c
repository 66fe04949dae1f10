#include "request.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "bytes.h"

bool take_number(const char **text, char end, int64_t least, int64_t most, int64_t *number)
{
    const char *at = *text;
    int64_t n = 0;
    /* `most` is far below INT64_MAX, so one more digit does not overflow. */
    while (n <= most && *at >= '0' && *at <= '9')
        n = 10 * n + (*at++ - '0');
    if (at == *text || *at != end || n < least || n > most)
        return false;
    *number = n;
    *text = at + 1;
    return true;
}

bool parse_request(const char *line, struct request *request)
{
    static const char verb[] = "RUN ";
    if (strncmp(line, verb, sizeof verb - 1) != 0)
        return false;
    const char *at = line + sizeof verb - 1;
    return take_number(&at, ' ', 1, MAX_RUNS, &request->number) &&
           take_number(&at, ' ', 1, MAX_MS, &request->wall_ms) &&
           take_number(&at, ' ', 1, MAX_MS, &request->cpu_ms) &&
           take_number(&at, ' ', 0, MAX_CODE, &request->code) &&
           take_number(&at, ' ', 0, MAX_STDIN, &request->input) &&
           take_number(&at, ' ', 0, MAX_ARGUMENTS, &request->arguments) &&
           take_number(&at, ' ', 0, MAX_FILES, &request->files) &&
           take_number(&at, ' ', 0, MAX_SENT, &request->most_sent) &&
           take_number(&at, ' ', 0, MAX_SENT_BYTES, &request->most_file_bytes) &&
           take_number(&at, ' ', 0, MAX_SENT_BYTES, &request->most_sent_bytes) &&
           take_number(&at, ' ', 0, MAX_MS, &request->idle_ms) &&
           take_number(&at, '\n', 0, MAX_SENT_BYTES, &request->most_session_bytes);
}

int read_request(int fd, struct request *request)
{
    char line[160];
    for (size_t at = 0; at < sizeof line; at++) {
        if (!read_all(fd, line + at, 1))
            return ENODATA;
        if (line[at] == '\n')
            return parse_request(line, request) ? 0 : EBADMSG;
    }
    return EMSGSIZE;
}
