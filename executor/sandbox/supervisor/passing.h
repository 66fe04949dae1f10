/* Passes descriptors between our processes, on sockets that keep messages apart (SOCK_SEQPACKET). */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define MOST_PASSED 16 /* descriptors in a message */

/* Send a message with descriptors. False where that fails. */
bool pass(int to, const void *bytes, size_t size, const int *fds, size_t count);

/* Receive one. Return the bytes, or -1; `count` is the room for descriptors and then how many came. */
ssize_t take_passed(int from, void *bytes, size_t size, int *fds, size_t *count);
