/* Reads and writes whole pieces, and ends the supervisor where that fails. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* End the supervisor. The host sees an end without a marker. */
_Noreturn void die(const char *what);

/* Read `size` bytes. False at the end of input, and where reading fails. */
bool read_all(int fd, void *buffer, size_t size);

void write_all(int fd, const void *buffer, size_t size);

/* Copy `size` bytes; drop them if `to` is negative. End the supervisor quietly at the end of input. */
void copy(int from, int to, int64_t size);
