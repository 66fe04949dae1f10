#include "frames.h"

#include <string.h>
#include <unistd.h>

#include "bytes.h"

void head_frame(char *whole, enum frame type, size_t size)
{
    whole[0] = (char)type;
    for (int i = 0; i < 4; i++)
        whole[1 + i] = (char)(size >> (8 * i));
}

void write_frame(enum frame type, const char *payload, size_t size)
{
    char header[FRAME_HEADER];
    head_frame(header, type, size);
    write_all(STDOUT_FILENO, header, sizeof header);
    write_all(STDOUT_FILENO, payload, size);
}
