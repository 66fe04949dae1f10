#define _GNU_SOURCE
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "box.h"
#include "bytes.h"
#include "clock.h"
#include "counters.h"
#include "program.h"
#include "zygote.h"

#define MOMENT_MS 10
#define MOST_REAPED 64 /* at once: a program whose processes end all the time is watched too */
/* The longest waits for a run to be gone, together less than the host's. Only a program that hinders its end, or a
 * machine without a processor for it, makes them that long. */
#define ENDS_MS 900   /* with the feeder's time to count */
#define HELD_MS 300   /* … for a relay to write what it has read */
#define KILLED_MS 200 /* … for what was killed then */

int signals;
static int proc; /* the container's own /proc, which no nest shows */
static struct zygote zygote;

void begin(const struct options *options)
{
    proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    sigset_t chld;
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    sigprocmask(SIG_BLOCK, &chld, NULL);
    signals = signalfd(-1, &chld, SFD_CLOEXEC);
    /* A child that stops or continues is no news. */
    const struct sigaction ends_only = {.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDSTOP};
    if (proc < 0 || signals < 0 || sigaction(SIGCHLD, &ends_only, NULL) < 0)
        die("begin");
    zygote = start_zygote(options->steps, options->command);
}

struct counts count(void)
{
    return (struct counts){oom_kills(), pids_refusals(), memory_peak()};
}

/* ---- boot ---- */

/* Turn the child into the runner, between fork and exec. */
static _Noreturn void become_runner(const struct options *options, const struct ends *ends)
{
    if (setenv("SANDBOX_BOOT", "1", 1) < 0)
        die("setenv");
    become_program(proc, ends, options->steps);
    execv(options->command[0], options->command);
    die(options->command[0]);
}

bool is_nested(const struct options *options)
{
    return options->command != options->steps;
}

struct run boot(const struct options *options)
{
    int errors[2], out[2], err[2];
    struct run run = {.before = count(), .input = open_input(options->by_line)};
    /* No end of errors[] blocks: a program that has filled the pipe does not keep the runner from ending. */
    if (pipe2(run.control, O_CLOEXEC) < 0 || pipe2(errors, O_CLOEXEC | O_NONBLOCK) < 0 ||
        pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0)
        die("boot");
    struct ends ends = {run.input.reading, out[1], err[1], run.control[0], errors[1]};
    if (is_nested(options)) {
        run.nest = make_nest(options->steps);
        run.places = run.nest.places;
        if (run.nest.init)
            give_program(&run.nest, fork_from(&zygote, &run.nest, proc, &ends, options->steps));
    } else {
        run.places = open_places();
        run.main = fork();
        if (run.main < 0)
            die("fork");
    }
    if (run.nest.init == 0 && run.main == 0)
        become_runner(options, &ends);
    /* Our copy of control[0] stays open: then writing does not fail if the runner has been killed. */
    close(out[1]);
    close(err[1]);
    close(errors[1]);
    run.errors = errors[0];
    run.relay = start_relay(out[0], err[0]);
    struct pollfd event = {.fd = run.errors, .events = POLLIN};
    while (poll(&event, 1, -1) < 0 && errno == EINTR)
        ;
    char booted;
    if (!read_all(run.errors, &booted, 1))
        die("boot");
    return run;
}

/* ---- waiting for a request ---- */

bool await_host(struct run *run, int patience_ms)
{
    struct pollfd events[] = {
        {.fd = STDIN_FILENO, .events = POLLIN},
        {.fd = signals, .events = POLLIN},
        {.fd = run->nest.init ? run->nest.socket : -1, .events = POLLIN},
    };
    do {
        if (poll(events, sizeof events / sizeof *events, patience_ms) <= 0)
            return false;
        struct signalfd_siginfo info;
        if (events[1].revents && read(signals, &info, sizeof info) < 0)
            die("signalfd");
        reap(run);
        if (run->ended || run->lost || events[2].revents) {
            errno = ECHILD;
            die("killed while idle");
        }
    } while (!events[0].revents);
    return true;
}

/* ---- delivery ---- */

static bool has_files(const struct request *r)
{
    return r->files > 0 || wants_files(r);
}

static void check_taken(const char *what, int error)
{
    if (error == ENODATA)
        _exit(0); /* the host has disconnected */
    errno = error;
    if (error)
        die(what);
}

/* Put the program into /box, where its files will be, and a link to it in its usual place. By the link the runtime
 * finds the folder from which the program imports, and the runner its working directory. */
static void deliver_to_box(const struct options *options, const struct request *r, struct run *run)
{
    open_box(run->places.box);
    check_taken(options->source, take_file(run->places.box, options->source, STDIN_FILENO, r->code));
    char target[PATH_BYTES + sizeof BOX];
    snprintf(target, sizeof target, "%s/%s", BOX, options->source);
    if (symlinkat(target, run->places.app, options->source) < 0)
        die("link");
}

void deliver(const struct options *options, const struct request *r, struct run *run)
{
    int app = run->places.app;
    if (has_files(r))
        deliver_to_box(options, r, run);
    else {
        int file = openat(app, options->source, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                          options->read_only ? 0444 : 0644);
        if (file < 0)
            die(options->source);
        copy(STDIN_FILENO, file, r->code);
        close(file);
    }
    /* A mode stops mistakes, not intent: the program has our user, to whom the directory belongs. */
    if (options->read_only && fchmod(app, 0555) < 0)
        die("app");
    take_input(&run->input, STDIN_FILENO, r->input, r->idle_ms > 0);
    start_feeder(&run->input);
    copy(STDIN_FILENO, run->control[1], r->arguments);
    if (r->files > 0)
        check_taken("files", take_files(run->places.box, STDIN_FILENO, r->files));
    if (wants_files(r))
        prepare_to_send();
    close(run->control[1]);
    close(run->control[0]);
}

/* ---- end ---- */

static int children(const struct run *run)
{
    return (run->relay.pid > 0) + (run->nest.init > 0) + (run->input.feeder > 0);
}

static bool is_ours(const struct run *run, pid_t pid)
{
    return pid == run->nest.init || pid == run->relay.pid || pid == run->input.feeder;
}

/* Reap some of what has ended. Return whether there may be more; `waits` is what reap() returns. */
static bool reap_some(struct run *run, bool *waits)
{
    int status, reaped = 0;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0 || (pid < 0 && errno == EINTR)) {
        if (pid < 0)
            continue;
        reaped++;
        /* A nest's init tells us how its program has ended, and then waits for our signal. */
        if (run->nest.init && is_ours(run, pid) && (WIFSIGNALED(status) || pid == run->nest.init) && !run->ended)
            run->lost = true;
        if ((pid == run->main || pid == run->nest.init) && !run->ended) {
            run->ended = true;
            run->status = run->lost ? SIGKILL : status;
        }
        if (pid == run->nest.init)
            run->nest.init = 0;
        if (pid == run->input.feeder)
            run->input.feeder = 0;
        if (pid == run->relay.pid)
            run->relay.pid = 0;
        if (pid == zygote.pid)
            zygote.pid = 0;
        if (reaped == MOST_REAPED) {
            raise(SIGCHLD); /* for the rest: no poll waits now */
            return *waits = true;
        }
    }
    /* A nest's processes are its init's children, and all have ended when init has. */
    *waits = pid == 0 && !(zygote.pid && children(run) == 0);
    return false;
}

bool reap(struct run *run)
{
    bool waits;
    reap_some(run, &waits);
    return waits;
}

void reap_all(struct run *run)
{
    bool waits;
    int64_t until = now_us() + MOMENT_MS * 1000;
    while (reap_some(run, &waits) && now_us() < until)
        ;
}

int64_t own_processes(const struct run *run)
{
    return children(run) + (zygote.pid > 0 ? zygote.processes : 0);
}

void wait_a_moment(void)
{
    struct pollfd events[] = {{.fd = signals, .events = POLLIN}, {.fd = STDIN_FILENO}};
    struct signalfd_siginfo info;
    if (poll(events, 2, MOMENT_MS) > 0 && events[0].revents && read(signals, &info, sizeof info) < 0)
        die("signalfd");
    if (events[1].revents & POLLHUP)
        kill(-1, SIGKILL); /* nobody reads what the relay has to write */
}

/* The time of a run's end. Each part begins when we see that the one before is over: a container that gets no
 * processor for a while does not lose the next one too. */
struct ending {
    int64_t until; /* end of the first part */
    int64_t late_since, killed_at; /* when the others began; 0: not yet */
};

/* The host's time is not the run's. */
static void wait_for_host(const struct run *run, struct ending *ending)
{
    if (relay_waits_for_host(&run->relay))
        *ending = (struct ending){.until = now_us() + ENDS_MS * 1000};
}

/* Whether a run has had its time to end. Then the relay is to stop; if it has read output, it gets a little more time to
 * write that. */
static bool is_over(const struct run *run, struct ending *ending)
{
    int64_t now = now_us();
    if (now < ending->until)
        return false;
    if (ending->late_since == 0) {
        ending->late_since = now;
        tell_relay_to_stop(&run->relay);
    }
    return !relay_holds_output(&run->relay) || now >= ending->late_since + HELD_MS * 1000;
}

/* Kill all processes of a run without a nest. None escapes: kill(-1) is atomic against fork, since a process with
 * a signal pending does not fork (copy_process() in the kernel). A program can stop the relay, kill it, or hold
 * the lock of a pipe that it reads. So first all of its processes stop: that frees the lock, and a late run gets
 * no more time. Some may wake each other, again and again; then we kill the relay too. */
static void kill_all(struct run *run, struct ending *ending)
{
    ask_relay_to_kill(&run->relay);
    while (run->relay.pid && !relay_has_killed(&run->relay)) {
        kill(-1, SIGSTOP);
        kill(run->relay.pid, SIGCONT);
        wait_for_host(run, ending);
        if (is_over(run, ending))
            break;
        wait_a_moment();
        reap(run);
    }
    if (!relay_has_killed(&run->relay))
        kill(-1, SIGKILL);
}

/* Have the kernel free what ended programs have sent to themselves. Unix sockets that hold each other in messages
 * stay open, with any pipe among them, so the relay finds no end. The kernel looks for such sockets when one is
 * closed anywhere (unix_release_sock() in net/unix/af_unix.c). */
static void free_unreachable_sockets(void)
{
    close(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

/* Wait for all processes of the run to be gone; return whether they are. The relay ends by itself when both
 * pipes have no writer any more, unless something keeps one open, or when it is to stop. When the time is over,
 * we kill whatever is left: the relay, and what a nest's init has not taken with it. The report does not wait
 * long for the rest of them. They run no more of the program, whatever the kernel still does for them. */
static bool await_ends(struct run *run, struct ending *ending)
{
    while (reap(run)) {
        if (run->relay.pid) {
            free_unreachable_sockets();
            wait_for_host(run, ending);
        }
        if (is_over(run, ending)) {
            run->was_late = true;
            kill(-1, SIGKILL);
            if (ending->killed_at == 0)
                ending->killed_at = now_us();
            else if (run->relay.pid == 0 && now_us() >= ending->killed_at + KILLED_MS * 1000)
                return false;
        } else if (run->relay.pid)
            kill(run->relay.pid, SIGCONT);
        wait_a_moment();
    }
    return true;
}

/* Let the feeder count, if nothing of the program can run on meanwhile: nobody watches it any more. A
 * nest has been killed. Without one, all of the program must have ended by itself: what is left can only
 * be killed together with the feeder. Then the last piece that was read may be reported as left. */
static void let_feeder_count(const struct run *run)
{
    if (run->nest.init || processes() == own_processes(run))
        await_count(&run->input);
}

bool end_all(struct run *run)
{
    bool by_itself = run->ended;
    if (!by_itself) { /* too late for an end of its own, even if it manages one before our signal */
        run->ended = true;
        run->status = SIGKILL;
    }
    /* Its time does not run while the host has yet to read. */
    struct ending ending = {.until = now_us() + ENDS_MS * 1000};
    if (run->nest.init)
        kill(run->nest.init, SIGKILL); /* with it, the kernel kills all processes of the nest */
    if (by_itself)
        let_feeder_count(run);
    if (run->nest.init == 0)
        kill_all(run, &ending);
    if (run->input.feeder)
        kill(run->input.feeder, SIGKILL);
    bool all_gone = await_ends(run, &ending);
    finish_relay(&run->relay);
    return all_gone;
}

void clear_away(struct run *run)
{
    close_input(&run->input);
    close_places(&run->places);
    close(run->nest.socket);
    close(run->errors);
}
