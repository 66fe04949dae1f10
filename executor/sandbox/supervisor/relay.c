#define _GNU_SOURCE
#include "relay.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bytes.h"
#include "frames.h"

struct relay_state {
    atomic_bool has_killed, is_passing, is_writing, must_stop;
    atomic_int_fast64_t passed;
};

/* A frame is written whole or not at all, also by a relay that is killed: pipe(7), PIPE_BUF. */
#define PIECE (PIPE_BUF - FRAME_HEADER)

enum { TOLD = STDIN_FILENO, OUT = STDERR_FILENO + 1, ERR }; /* the relay's descriptors */

/* A frame costs the host the same, whatever its size. After some small ones, the relay lets more output come
 * together before it reads again. */
#define AT_ONCE (4 * PIECE)
#define SMALL 256
#define SMALL_AT_ONCE 256
#define PAUSE_MS 1

#define MOST_IN_PIPE (1 << 20) /* bytes; pipe(7), /proc/sys/fs/pipe-max-size, which we do not raise */

/* Pass on what is there, up to a bound. Return how much it was, 0 if there is nothing yet, or -1 at the end. A
 * program can write packets (O_DIRECT), of a byte or up to PIPE_BUF. A read returns one, and drops what it has no
 * room for. */
static ssize_t pass_on(int fd, enum frame type, struct relay_state *state)
{
    char held[AT_ONCE + PIPE_BUF], whole[FRAME_HEADER + PIECE];
    size_t size = 0;
    ssize_t n;
    while (size < AT_ONCE && (n = read(fd, held + size, PIPE_BUF)) > 0)
        size += (size_t)n;
    for (size_t at = 0; at < size; at += PIECE) {
        size_t part = size - at < PIECE ? size - at : PIECE;
        head_frame(whole, type, part);
        memcpy(whole + FRAME_HEADER, held + at, part);
        state->is_writing = true;
        write_all(STDOUT_FILENO, whole, FRAME_HEADER + part);
        state->is_writing = false;
        state->passed++;
    }
    if (size == 0)
        return n < 0 && (errno == EINTR || errno == EAGAIN) ? 0 : -1;
    return (ssize_t)size;
}

static _Noreturn void relay(int out, int err, int told, struct relay_state *state)
{
    /* First to numbers from 10, as 3 and 4 may be among them. Nothing but these stays open: the program starts
     * when the control pipe has no writer. */
    out = fcntl(out, F_DUPFD, 10);
    err = fcntl(err, F_DUPFD, 10);
    if (dup2(told, TOLD) < 0 || dup2(out, OUT) < 0 || dup2(err, ERR) < 0)
        die("relay");
    close_range(ERR + 1, ~0U, 0);
    struct pollfd events[] = {
        {.fd = TOLD, .events = POLLIN},
        {.fd = OUT, .events = POLLIN},
        {.fd = ERR, .events = POLLIN},
    };
    int small = 0;
    while (events[1].fd >= 0 || events[2].fd >= 0) {
        if (poll(events, sizeof events / sizeof *events, -1) < 0)
            continue; /* interrupted */
        if (events[0].revents) {
            kill(-1, SIGKILL);
            state->has_killed = true;
            events[0].fd = -1;
        }
        bool is_small = false, is_large = false;
        /* In this order. PID 1 sets must_stop and then looks at is_passing. If that is false, we read no more. */
        state->is_passing = true;
        if (state->must_stop)
            _exit(0);
        for (int i = 1; i <= 2; i++)
            if (events[i].revents) {
                ssize_t n = pass_on(events[i].fd, i == 1 ? STDOUT : STDERR, state);
                if (n < 0)
                    events[i].fd = -1;
                is_small = is_small || n < SMALL;
                is_large = is_large || n >= SMALL;
            }
        state->is_passing = false;
        if (is_small && !is_large && ++small > SMALL_AT_ONCE)
            poll(NULL, 0, PAUSE_MS);
    }
    _exit(0);
}

struct relay start_relay(int out, int err)
{
    int tell[2];
    if (pipe2(tell, O_CLOEXEC) < 0 || fcntl(out, F_SETFL, O_NONBLOCK) < 0 || fcntl(err, F_SETFL, O_NONBLOCK) < 0)
        die("relay");
    struct relay_state *state =
        mmap(NULL, sizeof *state, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (state == MAP_FAILED)
        die("relay");
    pid_t pid = fork();
    if (pid < 0)
        die("relay");
    if (pid == 0)
        relay(out, err, tell[0], state);
    close(tell[0]);
    return (struct relay){.pid = pid, .out = out, .err = err, .tell = tell[1], .state = state};
}

void ask_relay_to_kill(struct relay *r)
{
    close(r->tell);
    r->tell = -1;
}

bool relay_has_killed(const struct relay *r)
{
    return r->state->has_killed;
}

bool relay_waits_for_host(const struct relay *r)
{
    return r->state->is_writing && poll(&(struct pollfd){.fd = STDOUT_FILENO, .events = POLLOUT}, 1, 0) == 0;
}

void tell_relay_to_stop(const struct relay *r)
{
    r->state->must_stop = true;
}

bool relay_holds_output(const struct relay *r)
{
    return r->pid && r->state->is_passing;
}

int64_t pieces_passed(const struct relay *r)
{
    return r->state->passed;
}

/* A writer that is killed still writes what it has begun, as long as somebody reads. */
static void pass_on_rest(int fd, enum frame type, struct relay_state *state)
{
    ssize_t n;
    for (ssize_t left = MOST_IN_PIPE; left > 0 && (n = pass_on(fd, type, state)) > 0; left -= n)
        ;
}

void finish_relay(struct relay *r)
{
    pass_on_rest(r->out, STDOUT, r->state);
    pass_on_rest(r->err, STDERR, r->state);
    close(r->out);
    close(r->err);
    if (r->tell >= 0)
        close(r->tell);
    munmap(r->state, sizeof *r->state);
}
