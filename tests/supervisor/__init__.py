"""The supervisor's C, compiled with sanitizers: an overflow, a read beyond a buffer or an undefined
operation ends the test."""
