/*
 * PID 1 of a sandbox: boots the language's runtime, hands it one program, and reports how it ended.
 *
 *   supervisor PATIENCE LOCKS LISTENS SOURCE RUNNER [ARGUMENT ...]
 *
 * Boot      The runner is started as the only child and waits on descriptor 3. When it says on
 *           descriptor 4 that it has booted, the line "ready" goes to stdout: the sandbox is warm.
 *           If no request comes for PATIENCE seconds it ends.
 * Request   One line on stdin (request.h), then the bytes it announces:
 *               RUN <nonce> <wall ms> <cpu ms> <bytes of code> <of stdin> <of arguments>\n
 *           The code becomes the file SOURCE, stdin a memory file that has been the runner's
 *           descriptor 0 all along, the arguments (each ended by NUL) go down descriptor 3.
 *           Anything on our stdin after that, its end included, ends the run.
 * Counting  The kernel charges file locks, and connections that nobody has accepted yet, to no cgroup.
 *           So each call that may lock asks us first, and after LOCKS of them gets ENOLCK ("no locks
 *           available"); and listen(2), after LISTENS, gets ENOBUFS ("no buffer space available").
 * Report    When the main process has ended, or had to be ended, every process of the sandbox is
 *           killed and reaped. Then a marker is written to each of stdout and stderr (the engine
 *           copies the two independently, so one says nothing about the other):
 *               NUL SOH "END " <nonce> [report] \n
 *
 * Why the program can not interfere, though it has our user id: signals from within a pid namespace
 * do not reach its first process; we are not dumpable, which closes /proc/1/{mem,fd,environ,…} and
 * ptrace to it (proc(5), PR_SET_DUMPABLE in prctl(2)); and the nonce that makes a marker genuine
 * reaches us only after the program's process has been started. What we tell is still only our view;
 * the host caps and times on its own.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bytes.h"
#include "counters.h"
#include "report.h"
#include "request.h"

#define CONTROL_FD 3
#define READY_FD 4
#define TICK_MS 10      /* how often the kernel's counters are compared with their limits */
#define ALERT_MS 1      /* … once the kernel has killed a process for memory */
#define MAX_OOM_KILLS 3 /* each writes to the host's log, which is short */

#if defined(__x86_64__)
#define OUR_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "the number of this architecture in a seccomp filter is missing"
#endif

struct child {
    pid_t pid;
    int control, ready, input;
    bool ended;
    int status;
};

struct calls {
    int listener; /* -1: nothing is counted, see listen_for_calls() */
    int64_t locks_left, listens_left, refused;
};

struct outcome {
    bool deadline_passed, cpu_exhausted, cancelled;
    int64_t wall_us, cpu_us, processes;
};

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* ---- calls that are counted ---- */

#ifndef SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP /* the headers are older than 6.6 */
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP 1UL
#endif
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV /* older than 5.19 */
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
/* The next instruction applies if the loaded word is `value`, else the one after it. */
#define IF(value) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1)
#define UNLESS(value) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0)
#define ANSWER(action) BPF_STMT(BPF_RET | BPF_K, action)

/* Adds the filter and gives the descriptor by which we are asked, or -1 with errno. */
static int add_filter(struct sock_fprog *filter)
{
    /* A call that we have taken is not broken off by a signal: no EINTR. Kernels before 5.19 refuse. */
    unsigned flags = SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
    int listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, filter);
    if (listener < 0 && errno == EINVAL)
        listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                                SECCOMP_FILTER_FLAG_NEW_LISTENER, filter);
    return listener;
}

/* A filter of system calls on top of the container's own, for us and all that we start. Without it there
 * is no bound on what it counts, so under a container's filter there is no sandbox without it: the kernel
 * may be too old, or somebody else may be listening already, and there can be only one.
 * Where the container has no filter, it is a weakened one, in which "no new privileges" may be missing
 * too, without which nobody may add one, or it is gVisor's, which can not ask: -1, and the report says so. */
static int listen_for_calls(void)
{
    struct sock_filter code[] = {
        LOAD(arch),
        UNLESS(OUR_ARCHITECTURE),
        ANSWER(SECCOMP_RET_ALLOW), /* the container's filter has refused it */
        LOAD(nr),
        /* A filter of the program's own could take our place. */
        IF(__NR_seccomp),
        ANSWER(SECCOMP_RET_ERRNO | EPERM),
        IF(__NR_listen),
        ANSWER(SECCOMP_RET_USER_NOTIF),
        IF(__NR_setsockopt),
        BPF_JUMP(BPF_JMP | BPF_JA, 12, 0, 0), /* to its arguments */
        UNLESS(__NR_fcntl),
        ANSWER(SECCOMP_RET_ALLOW),
        /* The low half of each argument, little-endian: the kernel looks at no more. */
        LOAD(args[1]),
        IF(F_SETLK),
        ANSWER(SECCOMP_RET_USER_NOTIF),
        IF(F_SETLKW),
        ANSWER(SECCOMP_RET_USER_NOTIF),
        IF(F_OFD_SETLK),
        ANSWER(SECCOMP_RET_USER_NOTIF),
        IF(F_OFD_SETLKW),
        ANSWER(SECCOMP_RET_USER_NOTIF),
        ANSWER(SECCOMP_RET_ALLOW),
        /* Taken and not followed: connections inherit the size before they are accepted. */
        LOAD(args[1]),
        UNLESS(SOL_SOCKET),
        ANSWER(SECCOMP_RET_ALLOW),
        LOAD(args[2]),
        IF(SO_RCVBUF),
        ANSWER(SECCOMP_RET_ERRNO | 0),
        IF(SO_RCVLOWAT), /* raises the buffer too */
        ANSWER(SECCOMP_RET_ERRNO | 0),
        ANSWER(SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {.len = sizeof code / sizeof *code, .filter = code};
    int listener = add_filter(&filter);
    if (listener < 0) {
        int reason = errno;
        bool is_filtered = prctl(PR_GET_SECCOMP) == SECCOMP_MODE_FILTER;
        errno = reason;
        if (is_filtered)
            die("seccomp");
        return -1;
    }
    /* Either side waits for the other, so the next one may as well run on the same processor: half the
     * time. Kernels before 6.6 refuse. */
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
    return listener;
}

/* What a call wants to lock is in memory that the program may still change, and what it listens on may
 * change too: calls are counted and not looked into. */
static void answer(struct calls *calls)
{
    struct seccomp_notif call = {0};
    if (ioctl(calls->listener, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0)
        return; /* its process has been killed */
    bool listens = call.data.nr == __NR_listen;
    int64_t *left = listens ? &calls->listens_left : &calls->locks_left;
    struct seccomp_notif_resp response = {.id = call.id};
    if (*left > 0) {
        --*left;
        response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
        /* Kernels before 5.5 can not pass a call on; it would wait for ever. */
        if (ioctl(calls->listener, SECCOMP_IOCTL_NOTIF_SEND, &response) == 0 || errno != EINVAL)
            return;
        response.flags = 0;
    }
    calls->refused++;
    response.error = listens ? -ENOBUFS : -ENOLCK;
    ioctl(calls->listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

/* ---- boot ---- */

/* In the child, between fork and exec. */
static void become_runner(const struct child *child, int control, int ready, char **command)
{
    /* The kernel is to kill the program for memory, never the messenger. Writing that needs a
     * dumpable process; exec makes the program dumpable anyway. */
    prctl(PR_SET_DUMPABLE, 1);
    int fd = open("/proc/self/oom_score_adj", O_WRONLY);
    if (fd < 0 || write(fd, "1000", 4) != 4)
        die("oom_score_adj");
    /* Out of the way of 0..4 first: the pipes may have these very numbers. */
    int input = fcntl(child->input, F_DUPFD, 10);
    control = fcntl(control, F_DUPFD, 10);
    ready = fcntl(ready, F_DUPFD, 10);
    if (dup2(input, STDIN_FILENO) < 0 || dup2(control, CONTROL_FD) < 0 || dup2(ready, READY_FD) < 0)
        die("dup2");
    close_range(READY_FD + 1, ~0U, 0);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setsid();
    execv(command[0], command);
    die(command[0]);
}

static struct child boot(char **command)
{
    int control[2], ready[2];
    struct child child = {.input = memfd_create("stdin", MFD_CLOEXEC)};
    if (child.input < 0 || pipe2(control, O_CLOEXEC) < 0 || pipe2(ready, O_CLOEXEC) < 0)
        die("boot");
    child.pid = fork();
    if (child.pid < 0)
        die("fork");
    if (child.pid == 0)
        become_runner(&child, control[0], ready[1], command);
    close(control[0]);
    close(ready[1]);
    child.control = control[1];
    child.ready = ready[0];
    return child;
}

/* ---- delivery ---- */

/* Where /app is read-only, SOURCE is a link out of it, and its target is not to be written either. */
static bool in_read_only_directory(const char *source)
{
    char target[2];
    return readlink(source, target, sizeof target) > 0;
}

/* The program starts when the control pipe is closed. */
static void deliver(const struct request *r, const struct child *child, const char *source)
{
    mode_t mode = in_read_only_directory(source) ? 0444 : 0644;
    int file = open(source, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    if (file < 0)
        die(source);
    copy(STDIN_FILENO, file, r->code);
    close(file);
    copy(STDIN_FILENO, child->input, r->input);
    /* Our descriptor shares its offset with the runner's stdin. */
    if (lseek(child->input, 0, SEEK_SET) < 0)
        die("lseek");
    close(child->input);
    copy(STDIN_FILENO, child->control, r->arguments);
    close(child->control);
}

/* ---- run ---- */

static void reap(struct child *child, int options)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, options)) > 0 || (pid < 0 && errno == EINTR)) {
        if (pid == child->pid) {
            child->ended = true;
            child->status = status;
        }
    }
}

/* Until the main process ends, a limit is reached or the host speaks up. */
static struct outcome watch(const struct request *r, struct child *child, int signals,
                            struct calls *calls)
{
    int64_t start = now_us(), cpu_start = cpu_us(), next_tick = 0;
    struct outcome o = {0};
    struct pollfd events[] = {
        {.fd = STDIN_FILENO, .events = POLLIN},
        {.fd = signals, .events = POLLIN},
        {.fd = calls->listener, .events = POLLIN},
        {.fd = oom_events(), .events = POLLPRI},
    };
    for (;;) {
        reap(child, WNOHANG);
        o.wall_us = now_us() - start;
        if (child->ended)
            break;
        if ((o.deadline_passed = o.wall_us >= r->wall_ms * 1000))
            break;
        if ((o.cancelled = events[0].revents != 0))
            break;
        if (o.wall_us >= next_tick || events[3].revents) {
            int64_t kills = oom_kills();
            if ((o.cpu_exhausted = cpu_us() - cpu_start >= r->cpu_ms * 1000) ||
                kills >= MAX_OOM_KILLS)
                break;
            next_tick = o.wall_us + (kills > 0 ? ALERT_MS : TICK_MS) * 1000;
        }
        int64_t until = next_tick < r->wall_ms * 1000 ? next_tick : r->wall_ms * 1000;
        if (poll(events, sizeof events / sizeof *events, (int)((until - o.wall_us + 999) / 1000)) < 0 &&
            errno != EINTR)
            die("poll");
        if (events[1].revents) {
            struct signalfd_siginfo info;
            if (read(signals, &info, sizeof info) < 0)
                die("signalfd");
        }
        if (events[2].revents)
            answer(calls);
    }
    o.cpu_us = cpu_us() - cpu_start;
    o.processes = processes();
    return o;
}

/* Nothing survives the run: kill(-1) is atomic against fork, since a process with a signal pending
 * does not fork (copy_process() in the kernel). */
static void end_all(struct child *child)
{
    kill(-1, SIGKILL);
    reap(child, 0);
}

static void report(const struct request *request, const struct child *child, const struct outcome *o,
                   const struct calls *calls)
{
    struct report report = {
        .status = child->status,
        .deadline_passed = o->deadline_passed,
        .cpu_exhausted = o->cpu_exhausted,
        .cancelled = o->cancelled,
        .wall_us = o->wall_us,
        .cpu_us = o->cpu_us,
        .memory_peak_bytes = memory_peak(),
        .oom_kills = oom_kills(),
        .pids_refusals = pids_refusals(),
        .processes_at_end = o->processes,
        .disk_full = is_full("/tmp") || is_full("/app") || is_full("/dev/shm"),
        .counts_calls = calls->listener >= 0,
        .calls_refused = calls->refused,
    };
    char text[REPORT_SIZE];
    write_all(STDOUT_FILENO, text, format_marker(text, request->nonce));
    write_all(STDERR_FILENO, text, format_report(text, request->nonce, &report));
}

int main(int argc, char **argv)
{
    if (argc < 6 || getpid() != 1)
        return 64; /* EX_USAGE */
    prctl(PR_SET_DUMPABLE, 0);
    open_counters();
    struct calls calls = {
        .listener = listen_for_calls(), .locks_left = atoll(argv[2]), .listens_left = atoll(argv[3])};

    sigset_t chld;
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    sigprocmask(SIG_BLOCK, &chld, NULL);
    int signals = signalfd(-1, &chld, SFD_CLOEXEC);
    if (signals < 0)
        die("signalfd");

    struct child child = boot(argv + 5);
    char booted;
    if (!read_all(child.ready, &booted, 1))
        die("boot");
    close(child.ready);
    write_all(STDOUT_FILENO, "ready\n", 6);

    /* An engine that is killed can forget a sandbox that it was just starting, and nobody hangs up. */
    int patience_ms = 1000 * atoi(argv[1]);
    if (poll(&(struct pollfd){.fd = STDIN_FILENO, .events = POLLIN}, 1, patience_ms) <= 0)
        return 0; /* never used: the host had too many */
    struct request request;
    errno = read_request(STDIN_FILENO, &request);
    if (errno == ENODATA)
        return 0; /* the host has gone */
    if (errno != 0)
        die("request");
    deliver(&request, &child, argv[4]);
    struct outcome outcome = watch(&request, &child, signals, &calls);
    end_all(&child);
    report(&request, &child, &outcome, &calls);
    return 0;
}
