/*
 * PID 1 of a sandbox: boots the language's runtime, hands it one program, and reports how it ended.
 *
 *   supervisor PATIENCE LOCKS LISTENS SOURCE RUNNER [ARGUMENT ...]
 *
 * Boot      The runner is started as the only child and waits on descriptor 3. When it says on
 *           descriptor 4 that it has booted, the line "ready" goes to stdout: the sandbox is warm.
 *           If no request comes for PATIENCE seconds it ends.
 * Request   One line on stdin, then the bytes it announces:
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
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CONTROL_FD 3
#define READY_FD 4
#define NONCE_LENGTH 32
#define MAX_CODE (1L << 20)
#define MAX_STDIN (16L << 20)
#define MAX_ARGUMENTS (32L << 10) /* below a pipe's 64 KiB, so that writing them can not block */
#define TICK_MS 10                /* how often the kernel's counters are compared with their limits */
#define ALERT_MS 1                /* … once the kernel has killed a process for memory */
#define MAX_OOM_KILLS 3           /* each writes to the host's log, which is short */

#if defined(__x86_64__)
#define OUR_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "the number of this architecture in a seccomp filter is missing"
#endif

struct request {
    char nonce[NONCE_LENGTH + 1];
    int64_t wall_ms, cpu_ms;
    long code, input, arguments;
};

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

static void die(const char *what)
{
    dprintf(STDERR_FILENO, "supervisor: %s: %s\n", what, strerror(errno));
    _exit(70); /* EX_SOFTWARE; the host sees an end without a marker */
}

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* ---- the kernel's counters: one number from a file of our own cgroup, v2 or v1 ---- */

/* The number after `key` in an open file, or the first one if `key` is NULL; -1 if there is none. */
static int64_t number(int fd, const char *key)
{
    char text[4096];
    ssize_t size = pread(fd, text, sizeof text - 1, 0);
    if (size <= 0)
        return -1;
    text[size] = '\0';
    if (key == NULL)
        return strtoll(text, NULL, 10);
    size_t length = strlen(key);
    for (char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, key, length) == 0 && line[length] == ' ')
            return strtoll(line + length, NULL, 10);
    }
    return -1;
}

static int64_t counter(const char *path, const char *key)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int64_t n = number(fd, key);
    close(fd);
    return n;
}

static bool unified;
static int cpu_file, oom_file; /* read at each tick, so they stay open */

static void open_counters(void)
{
    unified = access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0;
    cpu_file = open(unified ? "/sys/fs/cgroup/cpu.stat" : "/sys/fs/cgroup/cpuacct/cpuacct.usage",
                    O_RDONLY | O_CLOEXEC);
    oom_file = open(unified ? "/sys/fs/cgroup/memory.events"
                            : "/sys/fs/cgroup/memory/memory.oom_control", O_RDONLY | O_CLOEXEC);
}

static int64_t cpu_us(void)
{
    if (unified)
        return number(cpu_file, "usage_usec");
    int64_t ns = number(cpu_file, NULL);
    return ns < 0 ? -1 : ns / 1000;
}

static int64_t processes(void)
{
    int64_t n = counter(unified ? "/sys/fs/cgroup/pids.current"
                                : "/sys/fs/cgroup/pids/pids.current", NULL);
    return n > 0 ? n - 1 : n;
}

static int64_t memory_peak(void)
{
    return counter(unified ? "/sys/fs/cgroup/memory.peak"
                           : "/sys/fs/cgroup/memory/memory.max_usage_in_bytes", NULL);
}

static int64_t oom_kills(void)
{
    return number(oom_file, "oom_kill");
}

static int64_t pids_refusals(void)
{
    return counter(unified ? "/sys/fs/cgroup/pids.events" : "/sys/fs/cgroup/pids/pids.events", "max");
}

/* A block less than a page is no room for a file, and the last inode goes to its directory entry.
 * Where inodes are not counted (gVisor), there are none in all. */
static bool is_full(const char *path)
{
    struct statfs fs;
    return statfs(path, &fs) == 0 && fs.f_blocks > 0 &&
           (fs.f_bavail == 0 || (fs.f_files > 0 && fs.f_ffree == 0));
}

/* ---- bytes ---- */

static bool read_all(int fd, void *buffer, size_t size)
{
    for (char *at = buffer; size > 0;) {
        ssize_t n = read(fd, at, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        at += n;
        size -= (size_t)n;
    }
    return true;
}

static void write_all(int fd, const void *buffer, size_t size)
{
    for (const char *at = buffer; size > 0;) {
        ssize_t n = write(fd, at, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN) { /* the program shares the pipe and made it non-blocking */
            poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1);
            continue;
        }
        if (n < 0)
            die("write");
        at += n;
        size -= (size_t)n;
    }
}

static void copy(int from, int to, long size)
{
    char chunk[16384];
    while (size > 0) {
        size_t part = size < (long)sizeof chunk ? (size_t)size : sizeof chunk;
        if (!read_all(from, chunk, part))
            _exit(0); /* the host has gone */
        if (to >= 0)
            write_all(to, chunk, part);
        size -= (long)part;
    }
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

/* ---- request ---- */

/* A line, byte by byte, so that nothing of what follows it is taken. False at the end of input. */
static bool read_line(char *line, size_t size)
{
    for (size_t at = 0; at < size; at++) {
        if (!read_all(STDIN_FILENO, line + at, 1))
            return false;
        if (line[at] == '\n') {
            line[at] = '\0';
            return true;
        }
    }
    errno = EMSGSIZE;
    die("request");
    return false;
}

static bool read_request(struct request *r)
{
    char line[160];
    if (!read_line(line, sizeof line))
        return false;
    int fields = sscanf(line, "RUN %32[0-9a-f] %" SCNd64 " %" SCNd64 " %ld %ld %ld", r->nonce,
                        &r->wall_ms, &r->cpu_ms, &r->code, &r->input, &r->arguments);
    errno = EBADMSG;
    if (fields != 6 || strlen(r->nonce) != NONCE_LENGTH || r->wall_ms <= 0 || r->cpu_ms <= 0)
        die("request");
    if (r->code < 0 || r->code > MAX_CODE || r->input < 0 || r->input > MAX_STDIN ||
        r->arguments < 0 || r->arguments > MAX_ARGUMENTS)
        die("request");
    return true;
}

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
        /* A kernel with cgroup v2 wakes us at the kill itself; v1 tells only root. */
        {.fd = unified ? oom_file : -1, .events = POLLPRI},
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

static void report(const struct request *r, const struct child *child, const struct outcome *o,
                   const struct calls *calls)
{
    char text[512];
    int size = snprintf(text, sizeof text, "%c%cEND %s\n", 0, 1, r->nonce);
    write_all(STDOUT_FILENO, text, (size_t)size);
    size = snprintf(
        text, sizeof text,
        "%c%cEND %s exit_code=%d signal=%d deadline_passed=%d cpu_exhausted=%d cancelled=%d"
        " wall_us=%" PRId64 " cpu_us=%" PRId64 " memory_peak_bytes=%" PRId64 " oom_kills=%" PRId64
        " pids_refusals=%" PRId64 " processes_at_end=%" PRId64 " disk_full=%d"
        " counts_calls=%d calls_refused=%" PRId64 "\n",
        0, 1, r->nonce, WIFEXITED(child->status) ? WEXITSTATUS(child->status) : -1,
        WIFSIGNALED(child->status) ? WTERMSIG(child->status) : 0, o->deadline_passed,
        o->cpu_exhausted, o->cancelled, o->wall_us, o->cpu_us, memory_peak(), oom_kills(),
        pids_refusals(), o->processes, is_full("/tmp") || is_full("/app") || is_full("/dev/shm"),
        calls->listener >= 0, calls->refused);
    write_all(STDERR_FILENO, text, (size_t)size);
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
    struct request request;
    if (poll(&(struct pollfd){.fd = STDIN_FILENO, .events = POLLIN}, 1, patience_ms) <= 0 ||
        !read_request(&request))
        return 0; /* never used: the host has gone, or had too many */
    deliver(&request, &child, argv[4]);
    struct outcome outcome = watch(&request, &child, signals, &calls);
    end_all(&child);
    report(&request, &child, &outcome, &calls);
    return 0;
}
