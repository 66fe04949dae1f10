#define _GNU_SOURCE
#include "zygote.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/rseq.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bytes.h"
#include "counters.h"
#include "passing.h"

#define STEPS_SIZE 16384 /* bytes of all steps */
#define MOST_STEPS 256
#define SAID_SIZE 1000

/* ---- in the supervisor ---- */

static _Noreturn void become_zygote(int socket, int input, int said, char **command)
{
    /* Pipes, as a program has: in its boot the runtime looks at what its streams are. The last one keeps a number
     * that is the program's. */
    const int fds[ENDS] = {input, said, said, socket, said};
    keep_descriptors(fds, ENDS);
    if (setenv("SANDBOX_BOOT", "1", 1) < 0)
        die("setenv");
    execv(command[0], command);
    die(command[0]);
}

/* Say why there is no zygote. It is not needed: the next nest, or this one, executes the runtime. */
static void give_up(struct zygote *zygote)
{
    char said[SAID_SIZE] = "";
    ssize_t n = read(zygote->said, said, sizeof said - 1);
    dprintf(STDERR_FILENO, "supervisor: fork: no zygote, so each run boots the runtime: %.*s\n",
            n > 0 ? (int)n : 0, said);
    close(zygote->socket); /* it ends */
    close(zygote->said);
    zygote->socket = -1;
}

struct zygote start_zygote(char *const *steps, char **command)
{
    if (!has_step(steps, "fork"))
        return (struct zygote){.socket = -1};
    int ends[2], input[2], said[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0 || pipe2(input, O_CLOEXEC) < 0 ||
        pipe2(said, O_CLOEXEC) < 0 || fcntl(said[0], F_SETFL, O_NONBLOCK) < 0)
        die("zygote");
    struct zygote zygote = {.pid = fork(), .socket = ends[0], .said = said[0]};
    if (zygote.pid < 0)
        die("zygote");
    if (zygote.pid == 0)
        become_zygote(ends[1], input[0], said[1], command);
    close(ends[1]);
    close(input[0]);
    close(input[1]);
    close(said[1]);
    char booted;
    if (recv(zygote.socket, &booted, 1, 0) != 1)
        give_up(&zygote);
    zygote.processes = processes(); /* there is nothing else yet */
    return zygote;
}

/* Put the steps one after another, each ended by NUL; return the bytes. */
static size_t pack(char *const *steps, char packed[STEPS_SIZE])
{
    size_t size = 0;
    for (; is_step(*steps); steps++) {
        size_t length = strlen(*steps) + 1;
        if (size + length > STEPS_SIZE) {
            errno = E2BIG;
            die("zygote");
        }
        memcpy(packed + size, *steps, length);
        size += length;
    }
    return size;
}

pid_t fork_from(struct zygote *zygote, const struct nest *nest, int proc, const struct ends *ends,
                char *const *steps)
{
    if (zygote->socket < 0)
        return 0;
    static char packed[STEPS_SIZE];
    size_t size = pack(steps, packed);
    int fds[ENDS + 1 + NAMESPACES] = {ends->input, ends->output, ends->errput,
                                      ends->control, ends->errors, proc};
    memcpy(fds + ENDS + 1, nest->namespaces.fds, sizeof nest->namespaces.fds);
    pid_t program = 0;
    bool has_order = pass(zygote->socket, packed, size, fds, ENDS + 1 + (size_t)nest->namespaces.count);
    /* A zygote answers each order that it takes. If it was killed before that, its program may be in the nest, and a
     * second one would run the same code. */
    if (has_order && recv(zygote->socket, &program, sizeof program, 0) != sizeof program) {
        errno = ECHILD;
        die("zygote");
    }
    if (program <= 0) {
        give_up(zygote);
        return 0;
    }
    return program;
}

/* ---- in the zygote ---- */

static struct order {
    char packed[STEPS_SIZE], *steps[MOST_STEPS + 1];
    struct ends ends;
    int proc;
    struct namespaces namespaces;
} order;

/* The program's id in the nest. Written by the process that forks it, which borrows our memory. */
static volatile pid_t answer;

bool shares_memory(void)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    char mode[5] = "";
    bool shares = maps == NULL;
    while (!shares && fscanf(maps, "%*s %4s%*[^\n]", mode) == 1)
        shares = mode[1] == 'w' && mode[3] == 's';
    if (maps != NULL)
        fclose(maps);
    return shares;
}

void open_zygote(void)
{
    prctl(PR_SET_DUMPABLE, 0);
    if (shares_memory()) {
        errno = ENOTSUP;
        die("shared memory");
    }
    if (send(ZYGOTE_FD, "1", 1, MSG_NOSIGNAL) != 1)
        _exit(0);
}

static void unpack(size_t size)
{
    int count = 0;
    for (size_t at = 0; at < size && count < MOST_STEPS; at += strlen(order.packed + at) + 1)
        order.steps[count++] = order.packed + at;
    order.steps[count] = NULL;
}

void await_order(void)
{
    int fds[MOST_PASSED];
    size_t count = MOST_PASSED;
    ssize_t size = take_passed(ZYGOTE_FD, order.packed, sizeof order.packed, fds, &count);
    if (size < 0 || count <= ENDS + 1 || count > ENDS + 1 + NAMESPACES)
        _exit(0);
    unpack((size_t)size);
    order.ends = (struct ends){fds[0], fds[1], fds[2], fds[3], fds[4]};
    order.proc = fds[ENDS];
    order.namespaces.count = (int)count - ENDS - 1;
    memcpy(order.namespaces.fds, fds + ENDS + 1, (size_t)order.namespaces.count * sizeof *fds);
}

static void wait_for(pid_t child)
{
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        ;
}

/* Two processes borrow our memory, while we wait: the first joins the nest's namespaces, and only its child is in
 * that of processes. The child forks the program, and ends, which makes the nest's init the program's parent.
 * So the memory is copied once, and each of the three continues in this frame. */
bool fork_into_nest(pid_t (*make_copy)(void))
{
    answer = 0;
    pid_t joining = vfork();
    if (joining == 0) {
        join_nest(&order.namespaces, order.steps);
        pid_t inside = vfork();
        if (inside == 0) {
            pid_t program = make_copy();
            if (program == 0)
                return true;
            answer = program;
            _exit(0);
        }
        wait_for(inside);
        _exit(0);
    }
    wait_for(joining);
    return false;
}

void become_ordered_program(void)
{
    /* The kernel forgets this registration of a process that borrows memory, and its child has none. */
    if (__rseq_size > 0)
        syscall(SYS_rseq, (char *)__builtin_thread_pointer() + __rseq_offset, 32, 0, RSEQ_SIG);
    become_program(order.proc, &order.ends, order.steps);
}

void answer_order(void)
{
    close_range(ZYGOTE_FD + 1, ~0U, 0); /* all that came with the order */
    pid_t program = answer;
    if (send(ZYGOTE_FD, &program, sizeof program, MSG_NOSIGNAL) != sizeof program)
        _exit(0);
}
