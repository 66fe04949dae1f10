/* The kernel's counters. Each is a number from a file of our own cgroup, v2 or v1; -1 if it is missing. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

void open_counters(void);

int64_t cpu_us(void);
int64_t processes(void); /* without the supervisor */
int64_t memory_peak(void); /* since the container's start */
int64_t memory_now(void);
int64_t memory_limit(void); /* 0 if there is none */
/* What processes, files in memory and the kernel hold for them, without copies of files on disk, which the
 * kernel may keep as long as it likes. */
int64_t memory_held(void);

int64_t oom_kills(void);
int64_t pids_refusals(void);

/* A file for poll(2), which wakes us when the kernel has killed a process for memory, or -1. A kernel with
 * cgroup v2 wakes us at the kill; v1 wakes only root. */
int oom_events(void);

/* Whether the file system of an open directory has no space for another file. */
bool is_full(int directory);

/* The number after `key` in an open file, or the first one if `key` is NULL. */
int64_t number_in(int fd, const char *key);
