/*
 * PID 1 of a sandbox: boots the language's runtime, hands it a program, and reports how it ended.
 *
 *   supervisor PATIENCE LOCKS LISTENS lines|pages read-only|writable SOURCE [STEP ...] RUNNER [ARGUMENT ...]
 *
 * Boot      The supervisor starts the runner, with SANDBOX_BOOT=1 in its environment. With steps (nest.h) it
 *           does so in a nested sandbox: then the container is a slot. The runner waits on descriptor 3. After
 *           its boot signal, a byte on descriptor 4, the supervisor tells the host the number of the run that it
 *           is ready for (frames.h). Without a request it ends after PATIENCE seconds.
 * Request   One line on stdin (request.h), then the bytes that it announces. The code goes into the file
 *           SOURCE in /app, stdin to a pipe (input.h) that is the runner's descriptor 0 from the start, the
 *           arguments (each ended by NUL) to descriptor 3. A second supervisor process gives what the pipe does
 *           not hold at once, and counts as one of the program's. Anything else on our stdin ends the run, and
 *           so does its end; but an interactive run gets more input from there (typed.h).
 * Output    Stdout and stderr are pipes too. Another process, the relay, passes them on to the host.
 * Counting  The kernel charges file locks, and connections that nobody has accepted yet, to no cgroup.
 *           So the kernel passes each call that may lock to us first. After LOCKS of them it gets ENOLCK
 *           ("no locks available"); listen(2), after LISTENS, gets ENOBUFS ("no buffer space available").
 *           The host may lower our memory limit before the request; both numbers follow it.
 * Report    At the end of the main process, or at a limit, the supervisor kills all processes of the run, and
 *           waits until they are gone, a second or so at most. Then it tells the host how it ended (report.h),
 *           after what the runner has written to descriptor 4 about an uncaught error (error.h).
 * Files     A run may have files (box.h): then its program is among them in /box, where it can write, and what it has
 *           left there is sent after the report, if nothing can change it any more. So is the state of its session.
 * Again     A slot then makes a new nest, and is ready for the next run. It ends if the last one ended by
 *           anything but an exit code, or has left anything behind, or was not gone in time.
 *
 * The program has our user id and still cannot interfere. Signals from within a pid namespace do not reach
 * its first process. We are not dumpable, which closes /proc/1/{mem,fd,environ,…} and ptrace to it (proc(5),
 * PR_SET_DUMPABLE in prctl(2)). It has none of our streams, so all that the host reads is ours or the relay's.
 * Our report is still only our view; the host has its own cap and clock.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "activity.h"
#include "box.h"
#include "bytes.h"
#include "calls.h"
#include "clock.h"
#include "counters.h"
#include "error.h"
#include "frames.h"
#include "report.h"
#include "run.h"
#include "typed.h"

#define TICK_MS 10      /* between comparisons of the kernel's counters with their limits */
#define FIRST_TICK_MS 1 /* … at a run's start; each later one may take as long as all before it */
#define ALERT_MS 1      /* … after the kernel has killed a process for memory */
#define MAX_OOM_KILLS 3 /* each one writes to the host's log, which is short */
#define SETTLE_MS 1000  /* the longest wait for the kernel to take apart what a run has left */
#define SLACK (4 << 20) /* bytes that a slot's memory may move about without anything being left in it */

struct outcome {
    bool deadline_passed, idle_passed, cpu_exhausted, cancelled;
    int64_t wall_us, cpu_us, processes, memory_seen, typed;
};

/* Whether the host, who has sent something or has left, wants the end of the run. */
static bool wants_the_end(const struct request *r, struct run *run, struct typed *typed)
{
    return r->idle_ms == 0 || !take_typed(typed, STDIN_FILENO, &run->input);
}

/* A short run's memory is looked at more often: the kernel's own peak may be that of an earlier run. */
static int64_t until_next_tick(int64_t elapsed_us)
{
    if (elapsed_us < FIRST_TICK_MS * 1000)
        return FIRST_TICK_MS * 1000;
    return elapsed_us < TICK_MS * 1000 ? elapsed_us : TICK_MS * 1000;
}

/* Wait until the main process ends, a limit is reached, or the host asks for the end or closes our stdin. */
static struct outcome watch(const struct request *r, struct run *run, struct calls *calls)
{
    int64_t start = now_us(), cpu_start = cpu_us(), next_tick = 0;
    struct outcome o = {0};
    struct typed typed = {0};
    struct activity activity = begin_activity(start);
    struct pollfd events[] = {
        {.fd = STDIN_FILENO, .events = POLLIN},
        {.fd = signals, .events = POLLIN},
        {.fd = calls->listener, .events = POLLIN},
        {.fd = oom_events(), .events = POLLPRI},
        {.fd = run->nest.init ? run->nest.socket : -1, .events = POLLIN},
    };
    for (;;) {
        reap(run);
        o.wall_us = now_us() - start;
        /* Without one of our processes the run cannot be judged. If the kernel has killed it for memory, the
         * program has taken the memory. */
        if (run->lost && oom_kills() == run->before.oom_kills) {
            errno = ECHILD;
            die("killed from outside");
        }
        if (run->ended)
            break;
        if ((o.deadline_passed = o.wall_us >= r->wall_ms * 1000))
            break;
        if (events[0].revents) {
            events[0].revents = 0; /* a poll that is interrupted leaves it as it was */
            if ((o.cancelled = wants_the_end(r, run, &typed)))
                break;
        }
        if (r->idle_ms > 0) {
            note_activity(&activity, run, start + o.wall_us, typed.taken);
            tell_if_waiting(&activity);
            if ((o.idle_passed = idle_us(&activity, start + o.wall_us) >= r->idle_ms * 1000))
                break;
        }
        if (o.wall_us >= next_tick || events[3].revents) {
            int64_t kills = oom_kills() - run->before.oom_kills;
            if ((o.cpu_exhausted = cpu_us() - cpu_start >= r->cpu_ms * 1000) ||
                kills >= MAX_OOM_KILLS)
                break;
            int64_t memory = memory_now();
            o.memory_seen = memory > o.memory_seen ? memory : o.memory_seen;
            next_tick = o.wall_us + (kills > 0 ? ALERT_MS * 1000 : until_next_tick(o.wall_us));
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
        if (events[4].revents)
            run->ended = read_status(&run->nest, &run->status);
    }
    /* What had ended before the main process comes to us with it, and counts until we have reaped it. */
    if (run->ended)
        reap_all(run);
    o.cpu_us = cpu_us() - cpu_start;
    o.typed = typed.taken;
    o.processes = processes() - own_processes(run);
    return o;
}

static bool is_any_place_full(const struct run *run, bool read_only)
{
    return is_full(run->places.tmp) || is_full(run->places.shm) || is_full(run->places.box) ||
           (!read_only && is_full(run->places.app));
}

/* Report the end. Return whether it was by an exit code, with nothing refused. */
static bool report(const struct request *request, const struct run *run, const struct outcome *o,
                   const struct calls *calls, const struct options *options, bool all_gone)
{
    char error[ERROR_SIZE];
    int error_bytes = take_error(run->errors, error);
    if (error_bytes > 0)
        write_frame(UNCAUGHT, error, (size_t)error_bytes);
    struct counts now = count();
    bool is_peak_its_own = now.memory_peak > run->before.memory_peak;
    int64_t peak = (is_peak_its_own ? now.memory_peak : o->memory_seen) - run->files_before;
    struct report report = {
        .run = request->number,
        .status = run->status,
        .deadline_passed = o->deadline_passed,
        .idle_passed = o->idle_passed,
        .cpu_exhausted = o->cpu_exhausted,
        .cancelled = o->cancelled,
        .wall_us = o->wall_us,
        .cpu_us = o->cpu_us,
        .memory_peak_bytes = peak > 0 ? peak : 0,
        .memory_peak_exact = is_peak_its_own && run->files_before == 0,
        .oom_kills = now.oom_kills - run->before.oom_kills,
        .pids_refusals = now.pids_refusals - run->before.pids_refusals,
        .processes_at_end = o->processes,
        .all_gone = all_gone,
        .disk_full = is_any_place_full(run, options->read_only),
        .counts_calls = calls->listener >= 0,
        .calls_refused = calls->refused,
        .input_left = input_left(&run->input),
        .typed = o->typed,
        .error_bytes = error_bytes,
    };
    char text[REPORT_SIZE];
    write_frame(ENDED, text, format_report(text, &report));
    return WIFEXITED(run->status) && !report.deadline_passed && !report.idle_passed &&
           !report.cpu_exhausted && !report.cancelled && report.oom_kills == 0 && report.pids_refusals == 0 &&
           report.calls_refused == 0 && !report.disk_full;
}

/* ---- the next run ---- */

/* A slot's memory before its first run. */
struct base {
    int64_t held, files;
};

static struct base count_base(void)
{
    int64_t held = memory_held();
    return (struct base){held, memory_now() - held};
}

/* Wait for the kernel to give back what the last run held; it does some of it later, by itself. What it keeps are
 * copies of files on disk, which the last run has read. They are no memory of the next one. */
static void settle(struct run *run, const struct base *base)
{
    int64_t until = now_us() + SETTLE_MS * 1000, held;
    while ((held = memory_held()) > base->held + SLACK) {
        if (now_us() >= until) {
            errno = ENOMEM;
            die("settle");
        }
        wait_a_moment();
    }
    int64_t files = memory_now() - held - base->files;
    run->files_before = files > SLACK ? files : 0;
    run->before.memory_peak = memory_peak(); /* the boot of this nest met what was left of the last one */
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

/* Wait for the request of this run. False if there will be none. */
static bool await_request(struct request *request, struct run *run, int64_t number, int patience_ms)
{
    /* A killed engine may lose a sandbox that it is starting. Then nobody closes our stdin. */
    if (!await_host(run, patience_ms))
        return false;
    errno = read_request(STDIN_FILENO, request);
    if (errno == ENODATA)
        return false; /* the host has disconnected */
    if (errno == 0 && request->number != number)
        errno = EBADMSG;
    if (errno != 0)
        die("request");
    return true;
}

static struct options read_options(char **argv)
{
    struct options options = {
        .patience_ms = 1000 * atoi(argv[1]),
        .locks = atoll(argv[2]),
        .listens = atoll(argv[3]),
        .by_line = strcmp(argv[4], "lines") == 0,
        .read_only = strcmp(argv[5], "read-only") == 0,
        .source = argv[6],
        .steps = argv + 7,
        .command = argv + 7,
    };
    while (is_step(*options.command))
        options.command++;
    return options;
}

int main(int argc, char **argv)
{
    if (argc < 8 || getpid() != 1)
        return 64; /* EX_USAGE */
    prctl(PR_SET_DUMPABLE, 0);
    const struct options options = read_options(argv);
    open_counters();
    int64_t memory = memory_limit();
    struct base base = {0};
    struct calls calls = {.listener = listen_for_calls()};
    begin(&options);
    for (int64_t number = 1; number < MAX_RUNS; number++) {
        struct run run = boot(&options);
        if (number == 1)
            base = count_base();
        else
            settle(&run, &base);
        char text[24];
        write_frame(READY, text, (size_t)snprintf(text, sizeof text, "%lld", (long long)number));

        struct request request;
        if (!await_request(&request, &run, number, options.patience_ms))
            return 0;
        calls.locks_left = options.locks;
        calls.listens_left = options.listens;
        calls.refused = 0;
        follow_memory_limit(&calls, memory);
        deliver(&options, &request, &run);
        struct outcome outcome = watch(&request, &run, &calls);
        bool all_gone = end_all(&run);
        bool is_clean = report(&request, &run, &outcome, &calls, &options, all_gone);
        bool serves_again = is_clean && !run.was_late && is_nested(&options);
        if (wants_files(&request) && all_gone)
            send_files(run.places.box, &request);
        if (!serves_again)
            return 0;
        clear_away(&run);
    }
    return 0;
}
