/* Input that the host sends during an interactive run: frames as in frames.h, on stdin.
 *
 *     I  the next bytes of the input
 *     Z  its end, without payload
 *
 * Any other byte asks for the end of the run, as in a run that is not interactive. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "frames.h"
#include "input.h"

enum { INPUT = 'I', END_OF_INPUT = 'Z' };

struct typed {
    char header[FRAME_HEADER];
    size_t known;     /* bytes of the header that have come */
    int64_t expected; /* bytes of the payload that have not */
    int64_t taken;    /* bytes in all */
};

/* Take what the host has sent, without waiting for the rest of a frame. False if it asks for the end of the run,
 * or has disconnected, or sends more than an input takes. Call it when `from` is ready. */
bool take_typed(struct typed *typed, int from, struct input *input);
