/* What the supervisor says to the host: frames on stdout, for protocol.py. Each is a type (1 byte), the payload's
 * size (4 bytes, little-endian) and the payload. The program cannot reach this stream.
 *
 *     R  ready for the run with this number
 *     O  output of the program, on stdout          E  … on stderr
 *     W  whether it seems to wait for input, 1 or 0 (activity.h)
 *     U  its report of an uncaught error (error.h)
 *     X  how the run has ended (report.h)
 *
 * If the host has asked for files, and all processes are gone, these follow (box.h):
 *
 *     F  a file: its size, a space and its path
 *     D  the next bytes of that file
 *     L  how many were left out, and why: the last
 */
#pragma once
#include <stddef.h>

enum frame {
    READY = 'R',
    STDOUT = 'O',
    STDERR = 'E',
    WAITING = 'W',
    UNCAUGHT = 'U',
    ENDED = 'X',
    FILE_HEAD = 'F',
    FILE_PIECE = 'D',
    LEFT_OUT = 'L'
};

#define FRAME_HEADER 5 /* bytes */

/* Put the header before `size` bytes of payload, which begin at `whole` + FRAME_HEADER. */
void head_frame(char *whole, enum frame type, size_t size);

void write_frame(enum frame type, const char *payload, size_t size);
