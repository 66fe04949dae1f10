#define _GNU_SOURCE
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bytes.h"
#include "clock.h"

#define ONE_PAGE 4096          /* a pipe of this size is ready for more when it is empty */
#define USUAL_SIZE (64 << 10)  /* of a pipe */
#define LARGEST_SIZE (1 << 20) /* that an ordinary user may have */
#define LINES_ONE_BY_ONE 1000 /* more than a person types; each costs a change between two processes */

struct input open_input(bool by_line)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0 || fcntl(ends[1], F_SETFL, O_NONBLOCK) < 0)
        die("input");
    if (by_line)
        fcntl(ends[1], F_SETPIPE_SZ, ONE_PAGE);
    return (struct input){
        .reading = ends[0],
        .writing = ends[1],
        .file = -1,
        .more = -1,
        .lines_left = by_line ? LINES_ONE_BY_ONE : 0,
    };
}

/* Fit the pipe to what is left. If the kernel refuses, the program takes it in smaller pieces. */
static void enlarge(const struct input *input)
{
    int64_t left = input->size - input->given;
    if (left > 0)
        fcntl(input->writing, F_SETPIPE_SZ, left > USUAL_SIZE ? LARGEST_SIZE : USUAL_SIZE);
}

void take_input(struct input *input, int from, int64_t size, bool stays_open)
{
    if (size > 0 || stays_open) {
        input->file = memfd_create("stdin", MFD_CLOEXEC);
        if (input->file < 0)
            die("input");
        copy(from, input->file, size);
    }
    if (stays_open) {
        input->more = eventfd(0, EFD_CLOEXEC);
        if (input->more < 0 || fallocate(input->file, FALLOC_FL_KEEP_SIZE, size, MAX_TYPED) < 0)
            die("input");
    }
    input->is_open = stays_open;
    input->size = size;
    if (size > USUAL_SIZE && input->lines_left == 0)
        enlarge(input);
    feed(input);
}

static void stop_giving(struct input *input)
{
    close(input->writing);
    input->writing = -1;
}

static void finish(struct input *input)
{
    stop_giving(input);
    close(input->file);
    input->file = -1;
}

/* Give the next line, of a long one a page, or as much as the buffer holds. Return what write(2) does. */
static ssize_t give(const struct input *input)
{
    char part[4 * ONE_PAGE]; /* more than the pipe may hold just now is read again */
    size_t most = input->lines_left > 0 ? ONE_PAGE : sizeof part;
    ssize_t n = pread(input->file, part, most, input->given);
    if (n <= 0)
        die("input");
    const char *newline = input->lines_left > 0 ? memchr(part, '\n', (size_t)n) : NULL;
    return write(input->writing, part, newline ? (size_t)(newline - part) + 1 : (size_t)n);
}

static ssize_t give_and_count(struct input *input)
{
    if (input->fed)
        input->fed->is_giving = true;
    ssize_t n = give(input);
    if (n > 0)
        input->given += n;
    if (input->fed) {
        /* Before the end of the pipe is seen: a program that has read all may end before this process does. */
        input->fed->given = input->given;
        input->fed->is_giving = false;
    }
    return n;
}

void feed(struct input *input)
{
    bool by_line = input->lines_left > 0;
    while (input->given < input->size) {
        ssize_t n = give_and_count(input);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return; /* the pipe is full, or there is no memory for it now */
        if (by_line)
            break;
    }
    if (by_line && --input->lines_left == 0)
        enlarge(input);
    if (input->given == input->size && !input->is_open)
        finish(input);
}

enum { WRITING = STDIN_FILENO, WHOLE = STDOUT_FILENO, MORE = STDERR_FILENO + 1 }; /* the feeder's descriptors */

/* Wait until there is more to give, or the end has come. */
static void await_more(struct input *input)
{
    uint64_t count;
    if (read(input->more, &count, sizeof count) < 0 && errno != EINTR)
        die("feeder");
    input->is_open = input->fed->is_open; /* first: what comes before the end is given */
    input->size = input->fed->size;
    if (input->given == input->size && !input->is_open)
        finish(input);
}

static _Noreturn void feed_on(struct input *input)
{
    /* Nothing else stays open here: the program starts when the control pipe has no writer. The last goes first
     * to a number from 10, as one of the others may be its own. */
    int more = input->more < 0 ? -1 : fcntl(input->more, F_DUPFD, 10);
    if (dup2(input->writing, WRITING) < 0 || dup2(input->file, WHOLE) < 0 || (more >= 0 && dup2(more, MORE) < 0))
        die("feeder");
    close_range(more < 0 ? MORE : MORE + 1, ~0U, 0);
    input->writing = WRITING;
    input->file = WHOLE;
    input->more = MORE;
    while (input->writing >= 0) {
        if (input->given == input->size) {
            await_more(input);
            continue;
        }
        poll(&(struct pollfd){.fd = input->writing, .events = POLLOUT}, 1, -1);
        feed(input);
    }
    _exit(0);
}

void start_feeder(struct input *input)
{
    if (input->writing < 0)
        return;
    input->fed = mmap(NULL, sizeof *input->fed, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (input->fed == MAP_FAILED)
        die("feeder");
    *input->fed = (struct fed){.given = input->given, .size = input->size, .is_open = input->is_open};
    input->feeder = fork();
    if (input->feeder < 0)
        die("feeder");
    if (input->feeder == 0)
        feed_on(input);
    stop_giving(input);
    if (!input->is_open)
        finish(input);
}

static void tell_of_more(struct input *input)
{
    input->fed->size = input->size;
    input->fed->is_open = input->is_open;
    if (eventfd_write(input->more, 1) < 0)
        die("input");
}

bool add_input(struct input *input, const void *bytes, size_t size)
{
    if (!input->is_open || input->typed + (int64_t)size > MAX_TYPED)
        return false;
    if (pwrite(input->file, bytes, size, input->size) != (ssize_t)size)
        die("input");
    input->typed += (int64_t)size;
    input->size += (int64_t)size;
    tell_of_more(input);
    return true;
}

void end_input(struct input *input)
{
    if (!input->is_open)
        return;
    input->is_open = false;
    tell_of_more(input);
}

bool is_all_taken(const struct input *input)
{
    int64_t given = input->fed ? (int64_t)input->fed->given : input->given;
    return given == input->size &&
           poll(&(struct pollfd){.fd = input->reading, .events = POLLIN}, 1, 0) == 0;
}

void await_count(const struct input *input)
{
    if (!input->feeder || !input->fed->is_giving)
        return;
    kill(input->feeder, SIGCONT); /* without a nest, the program can stop it */
    /* By the clock: a machine with much else to do makes each pause longer than it should be. */
    for (int64_t until = now_us() + COUNT_MS * 1000; input->fed->is_giving && now_us() < until;)
        poll(NULL, 0, 1);
}

int64_t input_left(const struct input *input)
{
    int in_pipe = 0;
    ioctl(input->reading, FIONREAD, &in_pipe);
    int64_t given = input->fed ? (int64_t)input->fed->given : input->given;
    int64_t left = input->size - given + in_pipe;
    return left < input->size ? left : input->size; /* the program can write there too */
}

void close_input(struct input *input)
{
    finish(input);
    close(input->reading);
    close(input->more);
    if (input->fed)
        munmap(input->fed, sizeof *input->fed);
}
