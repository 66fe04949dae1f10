/* Reading and writing whole pieces, and the end for when that fails. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Ends the supervisor. The host sees an end without a marker. */
_Noreturn void die(const char *what);

/* False at the end of input, and where reading fails. */
bool read_all(int fd, void *buffer, size_t size);

void write_all(int fd, const void *buffer, size_t size);

/* Ends the supervisor quietly at the end of input. Where `to` is negative, the bytes are dropped. */
void copy(int from, int to, int64_t size);
