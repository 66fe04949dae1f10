/*
 * Calls the parts of the supervisor that need no sandbox, and the module that names its user, while the
 * sanitizers watch. Ends at the end of input; harness.py holds the other end.
 *
 * Question  A letter for the part, a length (4 bytes, this machine's order) and as many bytes.
 * Answer    A length and as many bytes of text.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <linux/seccomp.h>
#include <nss.h>
#include <poll.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "box.h"
#include "bytes.h"
#include "calls.h"
#include "counters.h"
#include "error.h"
#include "frames.h"
#include "input.h"
#include "passing.h"
#include "report.h"
#include "request.h"
#include "typed.h"
#include "zygote.h"

#define CHECK(holds)                                                  \
    do {                                                              \
        if (!(holds)) {                                               \
            fprintf(stderr, "line %d: not so: " #holds "\n", __LINE__); \
            abort();                                                  \
        }                                                             \
    } while (0)

static char reply[MAX_TYPED + ERROR_SIZE];
static size_t reply_size;

#define ANSWER(...) (reply_size = (size_t)snprintf(reply, sizeof reply, __VA_ARGS__))

/* A file of these bytes and no others, read from its start. */
static int file_of(const char *bytes, size_t size)
{
    static int fd = -1;
    if (fd < 0)
        fd = memfd_create("input", MFD_CLOEXEC);
    CHECK(ftruncate(fd, 0) == 0);
    CHECK(pwrite(fd, bytes, size, 0) == (ssize_t)size);
    CHECK(lseek(fd, 0, SEEK_SET) == 0);
    return fd;
}

/* A line in memory that ends with it, so that the sanitizer sees each byte read beyond. */
static bool parses_alone(const char *line, size_t size)
{
    struct request request;
    char *copy = malloc(size);
    CHECK(copy != NULL);
    memcpy(copy, line, size);
    bool parses = parse_request(copy, &request);
    free(copy);
    return parses;
}

/* 0, the bytes taken and the fields; or the error and the bytes taken. */
static void ask_request(const char *bytes, size_t size)
{
    struct request r;
    memset(&r, 'x', sizeof r);
    int fd = file_of(bytes, size);
    int error = read_request(fd, &r);
    long taken = (long)lseek(fd, 0, SEEK_CUR);
    if (taken > 0 && bytes[taken - 1] == '\n')
        CHECK(parses_alone(bytes, (size_t)taken) == (error == 0));
    if (error)
        ANSWER("%d %ld", error, taken);
    else
        ANSWER("0 %ld %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64
               " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64,
               taken, r.number, r.wall_ms, r.cpu_ms, r.code, r.input, r.arguments, r.files, r.most_sent,
               r.most_file_bytes, r.most_sent_bytes, r.idle_ms, r.most_session_bytes);
}

/* Given how many bytes are announced, a directory, NUL, and the bytes of files. The error; the files are there. */
static void ask_files(const char *bytes, size_t size)
{
    uint32_t announced;
    CHECK(size > sizeof announced);
    memcpy(&announced, bytes, sizeof announced);
    const char *path = bytes + sizeof announced, *data = memchr(path, '\0', size - sizeof announced);
    CHECK(data != NULL);
    int box = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(box >= 0);
    data++;
    open_box(box);
    ANSWER("%d", take_files(box, file_of(data, size - (size_t)(data - bytes)), announced));
    close(box);
}

/* A whole frame. */
static void ask_report(const char *bytes, size_t size)
{
    struct {
        int64_t run, status, deadline_passed, idle_passed, cpu_exhausted, cancelled, wall_us, cpu_us,
            memory_peak_bytes, memory_peak_exact, oom_kills, pids_refusals, processes_at_end, all_gone, disk_full,
            counts_calls, calls_refused, input_left, typed, error_bytes;
    } given;
    CHECK(size == sizeof given);
    memcpy(&given, bytes, size);
    struct report report = {
        .run = given.run,
        .status = (int)given.status,
        .deadline_passed = given.deadline_passed,
        .idle_passed = given.idle_passed,
        .cpu_exhausted = given.cpu_exhausted,
        .cancelled = given.cancelled,
        .wall_us = given.wall_us,
        .cpu_us = given.cpu_us,
        .memory_peak_bytes = given.memory_peak_bytes,
        .memory_peak_exact = given.memory_peak_exact,
        .oom_kills = given.oom_kills,
        .pids_refusals = given.pids_refusals,
        .processes_at_end = given.processes_at_end,
        .all_gone = given.all_gone,
        .disk_full = given.disk_full,
        .counts_calls = given.counts_calls,
        .calls_refused = given.calls_refused,
        .input_left = given.input_left,
        .typed = given.typed,
        .error_bytes = (int)given.error_bytes,
    };
    char *text = malloc(REPORT_SIZE);
    CHECK(text != NULL);
    size_t length = format_report(text, &report);
    CHECK(length < REPORT_SIZE);
    head_frame(reply, ENDED, length);
    memcpy(reply + FRAME_HEADER, text, length);
    reply_size = FRAME_HEADER + length;
    free(text);
}

/* The size that the supervisor takes from a pipe with these bytes, and those bytes. */
static void ask_error(const char *bytes, size_t size)
{
    int ends[2];
    CHECK(pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
    CHECK(fcntl(ends[1], F_SETPIPE_SZ, 1 << 20) >= 0);
    CHECK(size == 0 || write(ends[1], bytes, size) == (ssize_t)size);
    close(ends[1]);
    char *line = malloc(ERROR_SIZE);
    CHECK(line != NULL);
    int taken = take_error(ends[0], line);
    ANSWER("%d ", taken);
    if (taken > 0) {
        memcpy(reply + reply_size, line, (size_t)taken);
        reply_size += (size_t)taken;
    }
    free(line);
    close(ends[0]);
}

/* Play a program that reads pieces of these sizes from its input. Give the size of each piece that it got, which
 * has the input's next bytes; -1 where it would have waited. Then the bytes left. */
static void ask_input(const char *bytes, size_t size)
{
    struct {
        uint32_t by_line, pieces, sizes[1100];
    } given;
    CHECK(size >= sizeof given);
    memcpy(&given, bytes, sizeof given);
    CHECK(given.pieces <= sizeof given.sizes / sizeof *given.sizes);
    const char *next = bytes + sizeof given;
    size -= sizeof given;
    int from = file_of(next, size);
    struct input input = open_input(given.by_line);
    CHECK(fcntl(input.reading, F_SETFL, O_NONBLOCK) == 0);
    take_input(&input, from, (int64_t)size, false);
    CHECK(lseek(from, 0, SEEK_CUR) == (off_t)size);
    reply_size = 0;
    for (size_t i = 0; i < given.pieces; i++) {
        char *piece = malloc(given.sizes[i]);
        CHECK(piece != NULL);
        ssize_t n = read(input.reading, piece, given.sizes[i]);
        CHECK(n >= 0 || errno == EAGAIN);
        if (n > 0) {
            CHECK(memcmp(piece, next, (size_t)n) == 0);
            next += n;
        }
        free(piece);
        reply_size += (size_t)sprintf(reply + reply_size, "%zd ", n);
        struct pollfd writing = {.fd = input.writing, .events = POLLOUT};
        if (poll(&writing, 1, 0) > 0)
            feed(&input);
    }
    reply_size += (size_t)sprintf(reply + reply_size, "%" PRId64, input_left(&input));
    close_input(&input);
}

/* Type a line, read it as a program does, and kill the feeder as soon as it has come. How much is left. */
static void ask_count(const char *bytes, size_t size)
{
    struct input input = open_input(true);
    take_input(&input, file_of("", 0), 0, true);
    start_feeder(&input);
    CHECK(input.feeder > 0);
    CHECK(add_input(&input, bytes, size));
    char taken[4096];
    CHECK(size <= sizeof taken);
    for (size_t at = 0; at < size;) {
        ssize_t n = read(input.reading, taken, sizeof taken);
        CHECK(n > 0 && memcmp(taken, bytes + at, (size_t)n) == 0);
        at += (size_t)n;
    }
    await_count(&input);
    CHECK(kill(input.feeder, SIGKILL) == 0 && waitpid(input.feeder, NULL, 0) == input.feeder);
    ANSWER("%" PRId64, input_left(&input));
    close_input(&input);
}

/* Play a host that sends these bytes in pieces of a size, to a run that is interactive. "+" or, where it asks for the
 * end of the run, "-"; then whether the input is open, and what has come of it. */
static void ask_typed(const char *bytes, size_t size)
{
    uint32_t piece;
    CHECK(size >= sizeof piece);
    memcpy(&piece, bytes, sizeof piece);
    CHECK(piece > 0);
    struct input input = open_input(false);
    take_input(&input, file_of("", 0), 0, true);
    struct fed fed = {.is_open = true}; /* start_feeder() makes it */
    input.fed = &fed;
    struct typed typed = {0};
    bool is_input = true;
    int ends[2];
    CHECK(pipe2(ends, O_CLOEXEC) == 0);
    size_t at = sizeof piece;
    while (is_input && at < size) {
        size_t part = size - at < piece ? size - at : piece;
        CHECK(write(ends[1], bytes + at, part) == (ssize_t)part);
        at += part;
        is_input = take_typed(&typed, ends[0], &input);
    }
    CHECK(input.typed <= MAX_TYPED && input.fed->size == input.size && input.fed->is_open == input.is_open);
    ANSWER("%c%d ", is_input ? '+' : '-', input.is_open);
    CHECK(reply_size + (size_t)input.size <= sizeof reply);
    CHECK(pread(input.file, reply + reply_size, (size_t)input.size, 0) == (ssize_t)input.size);
    reply_size += (size_t)input.size;
    close(ends[0]);
    close(ends[1]);
    input.fed = NULL;
    close_input(&input);
}

/* Given the key, NUL, and the file's text. No key: the first number. */
static void ask_counter(const char *bytes, size_t size)
{
    const char *end = memchr(bytes, '\0', size);
    CHECK(end != NULL);
    size_t key_size = (size_t)(end - bytes) + 1;
    int fd = file_of(bytes + key_size, size - key_size);
    ANSWER("%" PRId64, number_in(fd, *bytes ? bytes : NULL));
}

/* ---- calls.c ---- */

/* The call that the supervisor receives next, and what becomes of it: 'k' its process is killed before that,
 * 'g' it is gone before the answer, 'o' the kernel is too old to pass a call on, '-' nothing of this. */
static struct {
    bool listens;
    char fate;
    uint64_t id;
    const char *answer;
} played;

static int receive(struct seccomp_notif *call)
{
    static const struct seccomp_notif empty;
    CHECK(memcmp(call, &empty, sizeof empty) == 0); /* the kernel insists */
    errno = ENOENT;
    if (played.fate == 'k')
        return -1;
    call->id = ++played.id;
    call->data.nr = played.listens ? SYS_listen : SYS_fcntl;
    return 0;
}

static int take_answer(const struct seccomp_notif_resp *response)
{
    CHECK(response->id == played.id && response->val == 0);
    bool passed_on = response->flags == SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    CHECK(passed_on ? response->error == 0 : response->flags == 0);
    if (passed_on && played.fate == 'o') {
        errno = EINVAL;
        return -1;
    }
    CHECK(played.answer == NULL);
    CHECK(passed_on || response->error == (played.listens ? -ENOBUFS : -ENOLCK));
    played.answer = passed_on ? "+" : "-";
    errno = ENOENT;
    return played.fate == 'g' ? -1 : 0;
}

/* Play the kernel for calls.c. All else goes to the kernel itself. */
int ioctl(int fd, unsigned long what, ...)
{
    va_list rest;
    va_start(rest, what);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    if (what == SECCOMP_IOCTL_NOTIF_RECV)
        return receive(argument);
    if (what == SECCOMP_IOCTL_NOTIF_SEND)
        return take_answer(argument);
    return (int)syscall(SYS_ioctl, fd, what, argument);
}

/* Given how many locks and listens are left, and two letters for each call. + for each that is passed on, - for
 * one that is refused, . for one without an answer; then what is left, and how many have been refused. */
static void ask_calls(const char *bytes, size_t size)
{
    struct {
        int64_t locks, listens;
    } given;
    CHECK(size >= sizeof given && (size & 1) == 0 && size < sizeof reply);
    memcpy(&given, bytes, sizeof given);
    struct calls calls = {.listener = -1, .locks_left = given.locks, .listens_left = given.listens};
    reply_size = 0;
    for (size_t at = sizeof given; at < size; at += 2) {
        played.listens = bytes[at] == 'l';
        played.fate = bytes[at + 1];
        played.answer = NULL;
        answer(&calls);
        reply_size += (size_t)sprintf(reply + reply_size, "%s", played.answer ? played.answer : ".");
    }
    reply_size += (size_t)sprintf(reply + reply_size, " %" PRId64 " %" PRId64 " %" PRId64,
                                   calls.locks_left, calls.listens_left, calls.refused);
}

/* ---- nss_sandbox.c ---- */

enum nss_status _nss_sandbox_getpwuid_r(uid_t, struct passwd *, char *, size_t, int *);
enum nss_status _nss_sandbox_getpwnam_r(const char *, struct passwd *, char *, size_t, int *);
enum nss_status _nss_sandbox_getgrgid_r(gid_t, struct group *, char *, size_t, int *);
enum nss_status _nss_sandbox_getgrnam_r(const char *, struct group *, char *, size_t, int *);
enum nss_status _nss_sandbox_setpwent(void);
enum nss_status _nss_sandbox_getpwent_r(struct passwd *, char *, size_t, int *);
enum nss_status _nss_sandbox_setgrent(void);
enum nss_status _nss_sandbox_getgrent_r(struct group *, char *, size_t, int *);

/* The module asks for its process's ids, of which each question has its own. */
static uid_t own_uid;
static gid_t own_gid;
static int name_error;

uid_t getuid(void)
{
    return own_uid;
}

gid_t getgid(void)
{
    return own_gid;
}

static void describe_passwd(enum nss_status status, const struct passwd *p)
{
    if (status == NSS_STATUS_SUCCESS)
        ANSWER("%s:%s:%u:%u:%s:%s:%s", p->pw_name, p->pw_passwd, p->pw_uid, p->pw_gid, p->pw_gecos,
               p->pw_dir, p->pw_shell);
    else
        ANSWER("%d %d", status, name_error);
}

static void describe_group(enum nss_status status, const struct group *g)
{
    if (status == NSS_STATUS_SUCCESS)
        ANSWER("%s:%s:%u:%s", g->gr_name, g->gr_passwd, g->gr_gid, g->gr_mem[0] ? g->gr_mem[0] : "");
    else
        ANSWER("%d %d", status, name_error);
}

/* The entry as a line of /etc/passwd or /etc/group, or the status and the error. A buffer of that size
 * begins `offset` bytes after an aligned address, and the sanitizer sees each byte used beyond it. */
static void ask_name(const char *bytes, size_t size)
{
    struct {
        uint32_t own_uid, own_gid, asked, size, offset;
        char name[16];
        char how;
    } given;
    CHECK(size == offsetof(typeof(given), how) + 1);
    memcpy(&given, bytes, size);
    own_uid = given.own_uid;
    own_gid = given.own_gid;
    char *place = malloc(given.offset + given.size);
    CHECK(place != NULL);
    char *buffer = place + given.offset;
    struct passwd p;
    struct group g;
    name_error = 0;
    switch (given.how) {
    case 'u':
        describe_passwd(_nss_sandbox_getpwuid_r(given.asked, &p, buffer, given.size, &name_error), &p);
        break;
    case 'n':
        describe_passwd(_nss_sandbox_getpwnam_r(given.name, &p, buffer, given.size, &name_error), &p);
        break;
    case 'g':
        describe_group(_nss_sandbox_getgrgid_r(given.asked, &g, buffer, given.size, &name_error), &g);
        break;
    case 'N':
        describe_group(_nss_sandbox_getgrnam_r(given.name, &g, buffer, given.size, &name_error), &g);
        break;
    case 'P': /* the next of all users, from the first on if `asked` */
        if (given.asked)
            _nss_sandbox_setpwent();
        describe_passwd(_nss_sandbox_getpwent_r(&p, buffer, given.size, &name_error), &p);
        break;
    case 'G':
        if (given.asked)
            _nss_sandbox_setgrent();
        describe_group(_nss_sandbox_getgrent_r(&g, buffer, given.size, &name_error), &g);
        break;
    default:
        CHECK(false);
    }
    free(place);
}

/* A zygote that takes an order ("t"), answers it ("a" with an id, "0" without), or is gone before ("g"). The answer
 * is how a supervisor ends that gives the order: with the id that it was told, or by die(). */
static void ask_order(const char *bytes, size_t size)
{
    CHECK(size == 1);
    int ends[2], said[2], null = open("/dev/null", O_RDWR | O_CLOEXEC);
    CHECK(null >= 0 && pipe2(said, O_CLOEXEC | O_NONBLOCK) == 0);
    CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
    if (*bytes == 'g')
        close(ends[1]);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        if (*bytes != 'g')
            close(ends[1]);
        char *steps[] = {"nest=drop", NULL};
        struct zygote zygote = {.socket = ends[0], .said = said[0]};
        const struct nest nest = {0};
        const struct ends streams = {null, null, null, null, null};
        pid_t program = fork_from(&zygote, &nest, null, &streams, steps);
        CHECK((program == 0) == (zygote.socket == -1));
        _exit(program);
    }
    if (*bytes != 'g') {
        char packed[100];
        int fds[MOST_PASSED];
        size_t count = MOST_PASSED;
        CHECK(take_passed(ends[1], packed, sizeof packed, fds, &count) == sizeof "nest=drop");
        CHECK(count == ENDS + 1);
        for (size_t n = 0; n < count; n++)
            close(fds[n]);
        const pid_t answer = *bytes == 'a' ? 7 : 0;
        if (*bytes != 't')
            CHECK(send(ends[1], &answer, sizeof answer, 0) == sizeof answer);
        close(ends[1]);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status));
    close(ends[0]);
    close(said[0]);
    close(said[1]);
    close(null);
    ANSWER("%d", WEXITSTATUS(status));
}

/* Whether a process with this memory shares it: "s" shared, "r" shared but not to write to, "p" private. */
static void ask_memory(const char *bytes, size_t size)
{
    CHECK(size == 1);
    int protection = *bytes == 'r' ? PROT_READ : PROT_READ | PROT_WRITE;
    int kind = *bytes == 'p' ? MAP_PRIVATE : MAP_SHARED;
    void *memory = mmap(NULL, 4096, protection, kind | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED);
    ANSWER("%d", shares_memory());
    munmap(memory, 4096);
}

int main(void)
{
    char part;
    uint32_t size;
    while (read_all(STDIN_FILENO, &part, 1) && read_all(STDIN_FILENO, &size, sizeof size)) {
        char *bytes = malloc(size);
        CHECK(bytes != NULL && read_all(STDIN_FILENO, bytes, size));
        switch (part) {
        case 'q':
            ask_request(bytes, size);
            break;
        case 'f':
            ask_files(bytes, size);
            break;
        case 'r':
            ask_report(bytes, size);
            break;
        case 'e':
            ask_error(bytes, size);
            break;
        case 'i':
            ask_input(bytes, size);
            break;
        case 't':
            ask_typed(bytes, size);
            break;
        case 'k':
            ask_count(bytes, size);
            break;
        case 'c':
            ask_counter(bytes, size);
            break;
        case 's':
            ask_calls(bytes, size);
            break;
        case 'n':
            ask_name(bytes, size);
            break;
        case 'o':
            ask_order(bytes, size);
            break;
        case 'm':
            ask_memory(bytes, size);
            break;
        default:
            CHECK(false);
        }
        free(bytes);
        CHECK(reply_size < sizeof reply);
        uint32_t length = (uint32_t)reply_size;
        write_all(STDOUT_FILENO, &length, sizeof length);
        write_all(STDOUT_FILENO, reply, length);
    }
    return 0;
}
