/*
 * PID 1 of a sandbox: boots the language's runtime, hands it one program, and reports how it ended.
 *
 *   supervisor PATIENCE LOCKS LISTENS SOURCE RUNNER [ARGUMENT ...]
 *
 * Boot      The supervisor starts the runner as its only child, which waits on descriptor 3. After the
 *           runner's boot signal on descriptor 4 it writes the line "ready" to stdout: the sandbox is
 *           warm. Without a request it ends after PATIENCE seconds.
 * Request   One line on stdin (request.h), then the bytes that it announces. The code goes into the file
 *           SOURCE, stdin into a memory file that is the runner's descriptor 0 from the start, the
 *           arguments (each ended by NUL) to descriptor 3. Later input, or its end, ends the run.
 * Counting  The kernel charges file locks, and connections that nobody has accepted yet, to no cgroup.
 *           So the kernel passes each call that may lock to us first. After LOCKS of them it gets ENOLCK
 *           ("no locks available"); listen(2), after LISTENS, gets ENOBUFS ("no buffer space available").
 * Report    At the end of the main process, or at a limit, the supervisor kills and reaps all processes
 *           of the sandbox. Then it writes a marker (report.h) to each of stdout and stderr: the engine
 *           copies the two independently, so the end of one does not imply the end of the other.
 *
 * The program has our user id and still cannot interfere. Signals from within a pid namespace do not reach
 * its first process. We are not dumpable, which closes /proc/1/{mem,fd,environ,…} and ptrace to it (proc(5),
 * PR_SET_DUMPABLE in prctl(2)). The nonce that makes a marker genuine reaches us only after the start of the
 * program's process. Our report is still only our view; the host has its own cap and clock.
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
#define TICK_MS 10      /* between comparisons of the kernel's counters with their limits */
#define ALERT_MS 1      /* … after the kernel has killed a process for memory */
#define MAX_OOM_KILLS 3 /* each one writes to the host's log, which is short */

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
    int listener; /* -1: no call is counted, see listen_for_calls() */
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

/* ---- counted calls ---- */

#ifndef SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP /* the headers are older than 6.6 */
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP 1UL
#endif
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV /* older than 5.19 */
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
/* Run the next instruction if the loaded word is `value`, else skip it. UNLESS does the opposite. */
#define IF(value) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1)
#define UNLESS(value) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0)
#define ANSWER(action) BPF_STMT(BPF_RET | BPF_K, action)

/* Add the filter; return the descriptor from which we receive calls, or -1 with errno. */
static int add_filter(struct sock_fprog *filter)
{
    /* No signal interrupts a call that we have received: no EINTR. Kernels before 5.19 refuse the flag. */
    unsigned flags = SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
    int listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, filter);
    if (listener < 0 && errno == EINVAL)
        listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                                SECCOMP_FILTER_FLAG_NEW_LISTENER, filter);
    return listener;
}

/* Filter system calls on top of the container's own filter, for us and all our children. Without ours the
 * counted calls have no bound, so a sandbox whose container has a filter ends if it cannot add ours: the
 * kernel may be too old, or somebody else may listen already, and there can be only one listener. A container
 * without a filter is a weakened one, perhaps without "no new privileges", which adding a filter needs, or
 * gVisor's, which cannot pass calls to us. Then return -1, and the report shows it. */
static int listen_for_calls(void)
{
    struct sock_filter code[] = {
        LOAD(arch),
        UNLESS(OUR_ARCHITECTURE),
        ANSWER(SECCOMP_RET_ALLOW), /* the container's filter refuses it */
        LOAD(nr),
        /* The program's own filter could take our place. */
        IF(__NR_seccomp),
        ANSWER(SECCOMP_RET_ERRNO | EPERM),
        IF(__NR_listen),
        ANSWER(SECCOMP_RET_USER_NOTIF),
        IF(__NR_setsockopt),
        BPF_JUMP(BPF_JMP | BPF_JA, 12, 0, 0), /* to its arguments */
        UNLESS(__NR_fcntl),
        ANSWER(SECCOMP_RET_ALLOW),
        /* The low half of each argument, little-endian: the kernel reads no more. */
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
        /* Succeeds and does nothing: connections would inherit the size before a program accepts them. */
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
    /* Each side waits for the other, so both may run on the same processor: this halves the time. Kernels
     * before 6.6 refuse. */
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
    return listener;
}

/* Count a call, then pass it on or refuse it. Do not look at its arguments: the program may still change the
 * memory that they are in, and the socket. */
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
        /* Kernels before 5.5 cannot pass a call on; it would wait without end. */
        if (ioctl(calls->listener, SECCOMP_IOCTL_NOTIF_SEND, &response) == 0 || errno != EINVAL)
            return;
        response.flags = 0;
    }
    calls->refused++;
    response.error = listens ? -ENOBUFS : -ENOLCK;
    ioctl(calls->listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

/* ---- boot ---- */

/* Turn the child into the runner, between fork and exec. */
static void become_runner(const struct child *child, int control, int ready, char **command)
{
    /* When memory runs out, the kernel must kill the program, never the supervisor. Only a dumpable
     * process may write this; exec makes the program dumpable anyway. */
    prctl(PR_SET_DUMPABLE, 1);
    int fd = open("/proc/self/oom_score_adj", O_WRONLY);
    if (fd < 0 || write(fd, "1000", 4) != 4)
        die("oom_score_adj");
    /* First to numbers from 10: the pipes may have numbers in 0..4, which dup2 replaces. */
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

/* Where /app is read-only, SOURCE is a link out of it, and its target must be read-only too. */
static bool in_read_only_directory(const char *source)
{
    char target[2];
    return readlink(source, target, sizeof target) > 0;
}

/* Hand over code, input and arguments. The program starts when the control pipe closes. */
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

/* Wait until the main process ends, a limit is reached, or the host sends or closes our stdin. */
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

/* Kill and reap all processes. None escapes: kill(-1) is atomic against fork, since a process with a signal
 * pending does not fork (copy_process() in the kernel). */
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

    /* A killed engine may lose a sandbox that it is starting. Then nobody closes our stdin. */
    int patience_ms = 1000 * atoi(argv[1]);
    if (poll(&(struct pollfd){.fd = STDIN_FILENO, .events = POLLIN}, 1, patience_ms) <= 0)
        return 0; /* no request came */
    struct request request;
    errno = read_request(STDIN_FILENO, &request);
    if (errno == ENODATA)
        return 0; /* the host has disconnected */
    if (errno != 0)
        die("request");
    deliver(&request, &child, argv[4]);
    struct outcome outcome = watch(&request, &child, signals, &calls);
    end_all(&child);
    report(&request, &child, &outcome, &calls);
    return 0;
}
