/*
 * The runner of a compiled language: waits for a program, compiles it, and becomes it.
 *
 *   run SOURCE COMPILER [OPTION ...]
 *
 * A byte on descriptor 4 signals that this process has booted. Descriptor 3 brings the arguments, each ended by NUL; its
 * end means that SOURCE is in /app. Every file system that a program can write is mounted noexec, and stays so: the
 * executable goes into a file of memory, which is on no mount, and is executed from there.
 *
 * The compiler is the first part of the run: its time, memory and processes are the program's. It reads the program and
 * runs none of it. Descriptor 4 is closed when the program begins, and no other process of the run has it, so no
 * program can forge what comes over it: whether its compiler failed, or was at work when a limit ended the run.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONTROL 3
#define REPORT 4
#define EXECUTABLE "/tmp/.executable"
#define SAID_SIZE 16384 /* bytes shown of the compiler's messages: less than a stream may have */
#define MOST_OPTIONS 32
#define MOST_SOURCES 256

extern char **environ;

static _Noreturn void die(const char *what)
{
    dprintf(STDERR_FILENO, "run: %s: %s\n", what, strerror(errno));
    _exit(1);
}

static void *allocated(void *memory)
{
    if (memory == NULL)
        die("memory");
    return memory;
}

/* ---- the arguments ---- */

static char *receive(size_t *size)
{
    size_t room = 4096;
    char *text = allocated(malloc(room));
    ssize_t n;
    *size = 0;
    while ((n = read(CONTROL, text + *size, room - *size)) != 0) {
        if (n < 0 && errno != EINTR)
            die("arguments");
        *size += n > 0 ? (size_t)n : 0;
        if (*size == room)
            text = allocated(realloc(text, room *= 2));
    }
    close(CONTROL);
    return text;
}

static char **split(char *text, size_t size, char *name)
{
    size_t count = 1;
    for (size_t at = 0; at < size; at++)
        count += text[at] == '\0';
    char **arguments = allocated(calloc(count + 1, sizeof *arguments));
    arguments[0] = name;
    for (size_t i = 1; i < count; i++, text += strlen(text) + 1)
        arguments[i] = text;
    return arguments;
}

/* ---- the sources ---- */

/* Go to the files of the run, if it has any: then the source is a link to the one among them. */
static int move_to_files(const char *source)
{
    char target[PATH_MAX];
    ssize_t length = readlink(source, target, sizeof target - 1);
    if (length < 0)
        return 0;
    target[length] = '\0';
    char *name = strrchr(target, '/');
    if (name)
        *name = '\0';
    if (chdir(target) < 0)
        die(target);
    return 1;
}

static const char *ending_of_the_source;

/* Whether it is a source by its name. One that begins as an option does is none. */
static int is_source(const struct dirent *entry)
{
    const char *ending = strrchr(entry->d_name, '.');
    return entry->d_type == DT_REG && ending && strcmp(ending, ending_of_the_source) == 0 &&
           strchr("-@", entry->d_name[0]) == NULL;
}

/* Add the sources to the compiler's command: among a run's files, all that are beside the program. */
static size_t add_sources(char **command, size_t at, char *source)
{
    if (!move_to_files(source)) {
        command[at++] = source;
        return at;
    }
    struct dirent **found;
    ending_of_the_source = strrchr(source, '.');
    int count = scandir(".", &found, is_source, alphasort);
    if (count < 0)
        die("files");
    for (int i = 0; i < count && i < MOST_SOURCES; i++)
        command[at++] = found[i]->d_name;
    return at;
}

/* ---- the compiler ---- */

struct messages {
    char text[SAID_SIZE];
    size_t size;
};

static const char at_work[] = "{\"phase\":\"compile\",\"kind\":\"compiling\",\"type\":\"\",\"message\":\"\"}\n";
static const char has_failed[] = "{\"phase\":\"compile\",\"kind\":\"compiler\",\"type\":\"\",\"message\":\"\"}\n";

static void report(const char *line)
{
    if (write(REPORT, line, strlen(line)) < 0)
        die("report");
}

/* Read all that the compiler says, and keep the beginning. */
static void listen_to(int fd, struct messages *said)
{
    char rest[4096];
    ssize_t n;
    while ((n = said->size < SAID_SIZE ? read(fd, said->text + said->size, SAID_SIZE - said->size)
                                       : read(fd, rest, sizeof rest)) != 0) {
        if (n < 0 && errno != EINTR)
            die("compiler");
        if (n > 0 && said->size < SAID_SIZE)
            said->size += (size_t)n;
    }
}

/* Show the messages, without a line that has no end. */
static void show(const struct messages *said)
{
    static const char more[] = "… and more messages\n";
    int is_cut = said->size == SAID_SIZE;
    size_t size = said->size;
    while (is_cut && size > 0 && said->text[size - 1] != '\n')
        size--;
    if (write(STDERR_FILENO, said->text, size) < 0 ||
        (is_cut && write(STDERR_FILENO, more, sizeof more - 1) < 0))
        die("messages");
}

/* Compile. Return whether that went well. */
static int compile(char *const *command, struct messages *said)
{
    int out[2], status;
    pid_t compiler;
    posix_spawn_file_actions_t streams;
    if (pipe2(out, O_CLOEXEC) < 0)
        die("pipe");
    posix_spawn_file_actions_init(&streams);
    /* The standard input is the program's. */
    posix_spawn_file_actions_addopen(&streams, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&streams, out[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&streams, out[1], STDERR_FILENO);
    if ((errno = posix_spawn(&compiler, command[0], &streams, NULL, command, environ)) != 0)
        die(command[0]);
    close(out[1]);
    listen_to(out[0], said);
    close(out[0]);
    while (waitpid(compiler, &status, 0) < 0)
        if (errno != EINTR)
            die("compiler");
    return status == 0;
}

/* ---- the program ---- */

/* Move the executable into a sealed file of memory. */
static int load(const char *path, const char *name)
{
    char chunk[16384];
    ssize_t n;
    int from = open(path, O_RDONLY | O_CLOEXEC);
    int to = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (from < 0 || to < 0)
        die(path);
    while ((n = read(from, chunk, sizeof chunk)) > 0)
        if (write(to, chunk, (size_t)n) != n)
            die("executable");
    if (n < 0 || unlink(path) < 0 ||
        fcntl(to, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
        die("executable");
    close(from);
    return to;
}

int main(int argc, char **argv)
{
    if (argc < 3 || argc > MOST_OPTIONS || getenv("SANDBOX_BOOT") == NULL)
        return 64; /* EX_USAGE */
    unsetenv("SANDBOX_BOOT");
    /* The compiler has our user, and opens any path that a program includes: not our descriptors, by /proc. What we
     * execute is as any other process again. */
    if (prctl(PR_SET_DUMPABLE, 0) < 0)
        die("prctl");
    fcntl(REPORT, F_SETFD, FD_CLOEXEC);
    /* The other end of the pipe, from which we take back a report that is true no more. */
    int reported = open("/proc/self/fd/4", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (write(REPORT, "1", 1) != 1)
        die("boot");
    size_t size;
    char *text = receive(&size);
    char **arguments = split(text, size, "./main");

    char *command[MOST_OPTIONS + MOST_SOURCES + 8];
    size_t at = 0;
    for (int i = 2; i < argc; i++)
        command[at++] = argv[i];
    command[at++] = "-o";
    command[at++] = EXECUTABLE;
    at = add_sources(command, at, argv[1]);
    command[at++] = "-lm";
    command[at] = NULL;

    if (reported >= 0)
        report(at_work);
    static struct messages said;
    int is_compiled = compile(command, &said);
    char taken_back[sizeof at_work];
    while (reported >= 0 && read(reported, taken_back, sizeof taken_back) > 0)
        ;
    if (!is_compiled) { /* else the messages are dropped: a program's stderr is its own */
        report(has_failed);
        show(&said);
        return 1;
    }
    fexecve(load(EXECUTABLE, "main"), arguments, environ);
    die("main");
}
