#include "typed.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Take the next byte of a header. False if there is no such frame. */
static bool take_header(struct typed *t, char byte, struct input *input)
{
    t->header[t->known++] = byte;
    if (t->header[0] != INPUT && t->header[0] != END_OF_INPUT)
        return false;
    if (t->known < FRAME_HEADER)
        return true;
    uint32_t size = 0;
    for (int i = 0; i < 4; i++)
        size |= (uint32_t)(unsigned char)t->header[1 + i] << (8 * i);
    t->known = 0;
    t->expected = size;
    if (t->header[0] == END_OF_INPUT)
        end_input(input);
    return size <= (t->header[0] == INPUT ? MAX_TYPED : 0);
}

bool take_typed(struct typed *t, int from, struct input *input)
{
    char part[4096];
    ssize_t n = read(from, part, sizeof part);
    if (n < 0 && errno == EINTR)
        return true;
    if (n <= 0)
        return false;
    t->taken += n;
    for (ssize_t at = 0; at < n;) {
        if (t->expected == 0) {
            if (!take_header(t, part[at++], input))
                return false;
            continue;
        }
        int64_t size = n - at < t->expected ? n - at : t->expected;
        if (!add_input(input, part + at, (size_t)size))
            return false;
        at += size;
        t->expected -= size;
    }
    return true;
}
