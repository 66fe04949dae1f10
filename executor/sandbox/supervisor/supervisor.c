/*
 * PID 1 of a sandbox: boots the language's runtime, hands it one program, and reports how it ended.
 *
 *   supervisor PATIENCE LOCKS LISTENS lines|pages read-only|writable SOURCE RUNNER [ARGUMENT ...]
 *
 * Boot      The supervisor starts the runner as its only child, with SANDBOX_BOOT=1 in its environment. The
 *           runner waits on descriptor 3. After its boot signal, a byte on descriptor 4, the supervisor
 *           writes the line "ready" to stdout: the sandbox is warm. Without a request it ends after
 *           PATIENCE seconds.
 * Request   One line on stdin (request.h), then the bytes that it announces. The code goes into the file
 *           SOURCE in /app, stdin to a pipe (input.h) that is the runner's descriptor 0 from the start, the
 *           arguments (each ended by NUL) to descriptor 3. Later input, or its end, ends the run. A second
 *           supervisor process gives what the pipe does not hold at once, and counts as one of the program's.
 * Counting  The kernel charges file locks, and connections that nobody has accepted yet, to no cgroup.
 *           So the kernel passes each call that may lock to us first. After LOCKS of them it gets ENOLCK
 *           ("no locks available"); listen(2), after LISTENS, gets ENOBUFS ("no buffer space available").
 *           The host may lower our memory limit before the request; both numbers follow it.
 * Report    At the end of the main process, or at a limit, the supervisor kills and reaps all processes
 *           of the sandbox. Then it writes a marker (report.h) to each of stdout and stderr: the engine
 *           copies the two independently, so the end of one does not imply the end of the other. What
 *           the runner has written to descriptor 4 about an uncaught error (error.h) follows on stderr.
 *
 * The program has our user id and still cannot interfere. Signals from within a pid namespace do not reach
 * its first process. We are not dumpable, which closes /proc/1/{mem,fd,environ,…} and ptrace to it (proc(5),
 * PR_SET_DUMPABLE in prctl(2)). The nonce that makes a marker genuine reaches us only after the start of the
 * program's process. Our report is still only our view; the host has its own cap and clock.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bytes.h"
#include "calls.h"
#include "counters.h"
#include "error.h"
#include "input.h"
#include "report.h"
#include "request.h"

#define APP "/app" /* a file system in memory, of our own */
#define CONTROL_FD 3
#define ERROR_FD 4
#define TICK_MS 10      /* between comparisons of the kernel's counters with their limits */
#define ALERT_MS 1      /* … after the kernel has killed a process for memory */
#define MAX_OOM_KILLS 3 /* each one writes to the host's log, which is short */

struct child {
    pid_t pid;
    int control, errors;
    struct input input;
    bool ended;
    int status;
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

/* ---- boot ---- */

/* Turn the child into the runner, between fork and exec. */
static void become_runner(const struct child *child, int control, int errors, char **command)
{
    /* When memory runs out, the kernel must kill the program, never the supervisor. Only a dumpable
     * process may write this; exec makes the program dumpable anyway. */
    prctl(PR_SET_DUMPABLE, 1);
    int fd = open("/proc/self/oom_score_adj", O_WRONLY);
    if (fd < 0 || write(fd, "1000", 4) != 4)
        die("oom_score_adj");
    /* First to numbers from 10: the pipes may have numbers in 0..4, which dup2 replaces. */
    int input = fcntl(child->input.reading, F_DUPFD, 10);
    control = fcntl(control, F_DUPFD, 10);
    errors = fcntl(errors, F_DUPFD, 10);
    if (dup2(input, STDIN_FILENO) < 0 || dup2(control, CONTROL_FD) < 0 || dup2(errors, ERROR_FD) < 0)
        die("dup2");
    close_range(ERROR_FD + 1, ~0U, 0);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setsid();
    if (setenv("SANDBOX_BOOT", "1", 1) < 0)
        die("setenv");
    execv(command[0], command);
    die(command[0]);
}

static struct child boot(bool by_line, char **command)
{
    int control[2], errors[2];
    struct child child = {.input = open_input(by_line)};
    /* Neither end blocks: a program that has filled the pipe does not keep the runner from ending. */
    if (pipe2(control, O_CLOEXEC) < 0 || pipe2(errors, O_CLOEXEC | O_NONBLOCK) < 0)
        die("boot");
    child.pid = fork();
    if (child.pid < 0)
        die("fork");
    if (child.pid == 0)
        become_runner(&child, control[0], errors[1], command);
    /* Our copy of its other end stays open: then writing does not fail if the runner has been killed. */
    close(errors[1]);
    child.control = control[1];
    child.errors = errors[0];
    return child;
}

static void wait_for_boot(const struct child *child)
{
    struct pollfd boot = {.fd = child->errors, .events = POLLIN};
    while (poll(&boot, 1, -1) < 0 && errno == EINTR)
        ;
    char booted;
    if (!read_all(child->errors, &booted, 1))
        die("boot");
}

/* ---- delivery ---- */

/* Hand over code, input and arguments. The program starts when the control pipe closes. */
static void deliver(const struct request *r, struct child *child, const char *source, bool read_only)
{
    int file = open(source, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, read_only ? 0444 : 0644);
    if (file < 0)
        die(source);
    copy(STDIN_FILENO, file, r->code);
    close(file);
    /* A mode stops mistakes, not intent: the program has our user, to whom the directory belongs. */
    if (read_only && chmod(APP, 0555) < 0)
        die(APP);
    take_input(&child->input, STDIN_FILENO, r->input);
    start_feeder(&child->input);
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
        } else if (pid == child->input.feeder) {
            child->input.feeder = 0;
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
    o.processes = processes() - (child->input.feeder > 0);
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
                   const struct calls *calls, bool read_only)
{
    char error[ERROR_SIZE];
    int error_bytes = take_error(child->errors, error);
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
        .disk_full = is_full("/tmp") || is_full("/dev/shm") || (!read_only && is_full(APP)),
        .counts_calls = calls->listener >= 0,
        .calls_refused = calls->refused,
        .input_left = input_left(&child->input),
        .error_bytes = error_bytes,
    };
    char text[REPORT_SIZE];
    write_all(STDOUT_FILENO, text, format_marker(text, request->nonce));
    write_all(STDERR_FILENO, text, format_report(text, request->nonce, &report));
    if (error_bytes > 0)
        write_all(STDERR_FILENO, error, (size_t)error_bytes);
}

/* The memory limit was `before` when the numbers of calls were set. They stay in proportion to it. */
static void follow_memory_limit(struct calls *calls, int64_t before)
{
    int64_t now = memory_limit();
    if (now <= 0 || now >= before)
        return;
    double part = (double)now / (double)before;
    calls->locks_left = (int64_t)(part * (double)calls->locks_left);
    calls->listens_left = (int64_t)(part * (double)calls->listens_left);
}

int main(int argc, char **argv)
{
    if (argc < 8 || getpid() != 1)
        return 64; /* EX_USAGE */
    prctl(PR_SET_DUMPABLE, 0);
    open_counters();
    int64_t memory = memory_limit();
    struct calls calls = {
        .listener = listen_for_calls(), .locks_left = atoll(argv[2]), .listens_left = atoll(argv[3])};

    sigset_t chld;
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    sigprocmask(SIG_BLOCK, &chld, NULL);
    int signals = signalfd(-1, &chld, SFD_CLOEXEC);
    if (signals < 0)
        die("signalfd");

    struct child child = boot(strcmp(argv[4], "lines") == 0, argv + 7);
    wait_for_boot(&child);
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
    follow_memory_limit(&calls, memory);
    bool read_only = strcmp(argv[5], "read-only") == 0;
    deliver(&request, &child, argv[6], read_only);
    struct outcome outcome = watch(&request, &child, signals, &calls);
    end_all(&child);
    report(&request, &child, &outcome, &calls, read_only);
    return 0;
}
