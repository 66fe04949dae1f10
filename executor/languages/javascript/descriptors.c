#define _GNU_SOURCE
#include "descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "bytes.h"
#include "program.h"

#define MOST_DESCRIPTORS 100 /* numbers from 0 up */
#define MOST_WATCHED 64
#define MOST_BYTES 16        /* that wait in a pipe */
#define INFO_SIZE 8192

enum kind { NONE, EVENT, PIPE, POLL, NOTHING };

static struct descriptor {
    enum kind kind;
    int flags;       /* as of open(2) */
    unsigned count;  /* of an event */
    int reader;      /* of a pipe's writing end: the number of the other one */
    int waiting;     /* bytes in a pipe, of which libuv makes a lock */
    char bytes[MOST_BYTES];
    char name[40];   /* in /proc/self/fd; empty if the number is not in use */
} descriptors[MOST_DESCRIPTORS];

/* Descriptors that are watched by epoll. */
static struct watched {
    int by, fd;
    struct epoll_event event;
} watched[MOST_WATCHED];
static int watching;

/* Flags of the program's own descriptors, which the runtime has set in its boot. */
static int own_flags[ENDS];

/* ---- in the first process ---- */

static _Noreturn void refuse(const char *name)
{
    errno = ENOTSUP;
    die(name);
}

/* The number after the key's first place in the text. */
static unsigned long number_after(const char *text, const char *key, int base)
{
    const char *found = strstr(text, key);
    return found ? strtoul(found + strlen(key), NULL, base) : 0;
}

static void note_watched(int by, const char *info)
{
    for (const char *line = info; (line = strstr(line, "tfd:")); line++) {
        if (watching == MOST_WATCHED)
            refuse("too many descriptors");
        watched[watching++] = (struct watched){
            .by = by,
            .fd = (int)number_after(line, "tfd:", 10),
            .event = {.events = (uint32_t)number_after(line, "events:", 16),
                      .data.u64 = number_after(line, "data:", 16)},
        };
    }
}

static void note_pipe(struct descriptor *d, int number)
{
    if ((d->flags & O_ACCMODE) == O_RDONLY) {
        if (ioctl(number, FIONREAD, &d->waiting) < 0 || d->waiting > MOST_BYTES)
            refuse(d->name);
        if (d->waiting > 0 && read(number, d->bytes, (size_t)d->waiting) != d->waiting)
            die(d->name);
        return;
    }
    for (d->reader = ENDS; d->reader < MOST_DESCRIPTORS; d->reader++)
        if (strcmp(descriptors[d->reader].name, d->name) == 0 && d->reader != number)
            return;
    refuse(d->name);
}

static void note(int number)
{
    struct descriptor *d = &descriptors[number];
    char path[40], info[INFO_SIZE];
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", number);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = read(fd, info, sizeof info - 1);
    close(fd);
    if (size <= 0 || size == sizeof info - 1)
        refuse(d->name);
    info[size] = '\0';
    d->flags = (int)number_after(info, "flags:", 8);
    if (strcmp(d->name, "anon_inode:[eventfd]") == 0) {
        d->kind = EVENT;
        d->count = (unsigned)number_after(info, "eventfd-count:", 16);
    } else if (strcmp(d->name, "anon_inode:[eventpoll]") == 0) {
        d->kind = POLL;
        note_watched(number, info);
    } else if (strcmp(d->name, "/dev/null") == 0) {
        d->kind = NOTHING;
    } else if (strncmp(d->name, "pipe:", 5) == 0) {
        d->kind = PIPE;
        note_pipe(d, number);
    } else {
        refuse(d->name);
    }
}

void note_descriptors(void)
{
    for (int number = 0; number < ENDS; number++)
        own_flags[number] = fcntl(number, F_GETFD);
    for (int number = ENDS; number < MOST_DESCRIPTORS; number++) {
        char path[40];
        snprintf(path, sizeof path, "/proc/self/fd/%d", number);
        if (readlink(path, descriptors[number].name, sizeof descriptors->name - 1) < 0)
            descriptors[number].name[0] = '\0';
    }
    for (int number = ENDS; number < MOST_DESCRIPTORS; number++)
        if (descriptors[number].name[0])
            note(number);
    if (close_range(ENDS, ~0U, 0) < 0)
        die("descriptors");
}

/* ---- in the copy ---- */

/* Move a new descriptor to its number, which is in use until then. */
static void settle(int fd, int number)
{
    int flags = descriptors[number].flags;
    if (fd < 0 || dup3(fd, number, flags & O_CLOEXEC) < 0 || fcntl(number, F_SETFL, flags & O_NONBLOCK) < 0 ||
        close(fd) < 0)
        die("descriptors");
}

/* Use all numbers, so that nothing new takes one of them. */
static void reserve_numbers(void)
{
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    for (int number = ENDS; number < MOST_DESCRIPTORS; number++)
        if (descriptors[number].kind != NONE && dup2(nothing, number) < 0)
            die("descriptors");
    if (nothing < 0 || (descriptors[nothing].kind == NONE && close(nothing) < 0))
        die("descriptors");
}

static void renew_pipe(int reader, int writer)
{
    const struct descriptor *d = &descriptors[reader];
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0 || write(ends[1], d->bytes, (size_t)d->waiting) != d->waiting)
        die("descriptors");
    settle(ends[0], reader);
    settle(ends[1], writer);
}

void renew_descriptors(void)
{
    for (int number = 0; number < ENDS; number++)
        fcntl(number, F_SETFD, own_flags[number]);
    reserve_numbers();
    for (int number = ENDS; number < MOST_DESCRIPTORS; number++) {
        const struct descriptor *d = &descriptors[number];
        if (d->kind == EVENT)
            settle(eventfd(d->count, EFD_CLOEXEC), number);
        else if (d->kind == POLL)
            settle(epoll_create1(EPOLL_CLOEXEC), number);
        else if (d->kind == NOTHING)
            settle(open("/dev/null", O_RDONLY | O_CLOEXEC), number);
        else if (d->kind == PIPE && d->reader)
            renew_pipe(d->reader, number);
    }
    for (struct watched *w = watched; w < watched + watching; w++)
        if (epoll_ctl(w->by, EPOLL_CTL_ADD, w->fd, &w->event) < 0)
            die("descriptors");
}
