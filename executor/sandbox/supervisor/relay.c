#define _GNU_SOURCE
#include "relay.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bytes.h"
#include "frames.h"

struct relay_state {
    atomic_bool has_killed, is_writing;
    atomic_int_fast64_t passed;
};

/* A frame is written whole or not at all, also by a relay that is killed: pipe(7), PIPE_BUF. */
#define PIECE (PIPE_BUF - FRAME_HEADER)

enum { TOLD = STDIN_FILENO, OUT = STDERR_FILENO + 1, ERR }; /* the relay's descriptors */

/* Pass a piece on, and wait for one if there is none. False at the end. */
static bool pass_on(int fd, enum frame type, struct relay_state *state)
{
    char whole[FRAME_HEADER + PIECE];
    ssize_t n = read(fd, whole + FRAME_HEADER, PIECE);
    if (n <= 0)
        return n < 0 && (errno == EINTR || errno == EAGAIN);
    head_frame(whole, type, (size_t)n);
    state->is_writing = true;
    write_all(STDOUT_FILENO, whole, FRAME_HEADER + (size_t)n);
    state->is_writing = false;
    state->passed++;
    return true;
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
    while (events[1].fd >= 0 || events[2].fd >= 0) {
        if (poll(events, sizeof events / sizeof *events, -1) < 0)
            continue; /* interrupted */
        if (events[0].revents) {
            kill(-1, SIGKILL);
            state->has_killed = true;
            events[0].fd = -1;
        }
        if (events[1].revents && !pass_on(events[1].fd, STDOUT, state))
            events[1].fd = -1;
        if (events[2].revents && !pass_on(events[2].fd, STDERR, state))
            events[2].fd = -1;
    }
    _exit(0);
}

struct relay start_relay(int out, int err)
{
    int tell[2];
    if (pipe2(tell, O_CLOEXEC) < 0)
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

int64_t pieces_passed(const struct relay *r)
{
    return r->state->passed;
}

/* Pass on all that is in the pipe, without waiting for its end. */
static void pass_rest(int fd, enum frame type, struct relay_state *state)
{
    struct pollfd event = {.fd = fd, .events = POLLIN};
    while (poll(&event, 1, 0) != 0 && pass_on(fd, type, state))
        ;
}

void finish_relay(struct relay *r)
{
    pass_rest(r->out, STDOUT, r->state);
    pass_rest(r->err, STDERR, r->state);
    close(r->out);
    close(r->err);
    if (r->tell >= 0)
        close(r->tell);
    munmap(r->state, sizeof *r->state);
}
