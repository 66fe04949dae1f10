/* Reads what the runner says about an uncaught error, from descriptor 4: one line of JSON, which the host reads.
 * The program can write there too, whatever it likes, so here it is bytes of a bounded number. */
#pragma once
#include <stddef.h>

#define ERROR_SIZE 4096 /* bytes, the newline included */

/* Take the line from a descriptor that does not block. Return its size, 0 if nothing has been written, or -1 if
 * something else has been: more than one line, or an incomplete or a longer one. */
int take_error(int fd, char line[ERROR_SIZE]);
