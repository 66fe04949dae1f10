#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "box.h"
#include "bytes.h"
#include "clock.h"
#include "frames.h"

#define WALK_MS 1000
#define MAX_ENTRIES 10000
#define PIECE 16384  /* FRAME_BYTES of protocol.py */
#define LISTING 4096 /* bytes of a directory's entries at a time; one has at most 280 */

/* Why things were left out. */
static struct {
    int64_t not_regular, too_large, too_many, too_deep, bad_name, unreadable, not_reached;
} left_out;

/* The first files by the order of their paths, in this order. */
static char found[MAX_SENT][PATH_BYTES + 1];
static int64_t found_count;

static struct {
    char path[PATH_BYTES + 1]; /* of what is looked at */
    int64_t entries, until;
    char listings[MAX_DEPTH + 1][LISTING] __attribute__((aligned(8)));
} walk;

static char piece[PIECE];

void prepare_to_send(void)
{
    memset(found, 1, sizeof found);
    memset(&walk, 1, sizeof walk);
    memset(piece, 1, sizeof piece);
}

static void clear(void)
{
    memset(&left_out, 0, sizeof left_out);
    found_count = 0;
    walk.entries = 0;
    walk.until = now_us() + WALK_MS * 1000;
}

static bool is_late(void)
{
    return walk.entries > MAX_ENTRIES || now_us() > walk.until;
}

/* ---- the walk ---- */

/* Keep the path that is looked at, if it is among the first. */
static void keep(int64_t most)
{
    int64_t at = found_count;
    while (at > 0 && strcmp(found[at - 1], walk.path) > 0)
        at--;
    left_out.too_many += found_count == most;
    if (at == most)
        return;
    found_count += found_count < most;
    memmove(found[at + 1], found[at], (size_t)(found_count - 1 - at) * sizeof *found);
    strcpy(found[at], walk.path);
}

static void look_into(int directory, size_t length, int depth, const struct request *request);

static void look_at(int directory, const char *name, size_t length, int depth, const struct request *request)
{
    struct stat status;
    size_t size = strlen(name);
    if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) < 0) {
        left_out.unreadable++;
        return;
    }
    bool is_directory = S_ISDIR(status.st_mode);
    if (!is_directory && !S_ISREG(status.st_mode)) {
        left_out.not_regular++;
        return;
    }
    if (length + size + is_directory > PATH_BYTES) {
        left_out.bad_name++;
        return;
    }
    memcpy(walk.path + length, name, size + 1);
    /* What the program has forbidden itself it can't hide. It is no link, and stays none. */
    fchmodat(directory, name, is_directory ? 0700 : 0600, 0);
    if (is_directory && depth == MAX_DEPTH)
        left_out.too_deep++;
    else if (is_directory) {
        int next = open_in(directory, name, O_DIRECTORY);
        walk.path[length + size] = '/';
        look_into(next, length + size + 1, depth + 1, request);
        if (next >= 0)
            close(next);
    } else if (is_as_taken(walk.path, directory, name, status.st_size))
        ; /* the host has it */
    else if (status.st_size > request->most_file_bytes)
        left_out.too_large++;
    else
        keep(request->most_sent);
}

/* Look at all in a directory whose path has this length. */
static void look_into(int directory, size_t length, int depth, const struct request *request)
{
    char *listing = walk.listings[depth];
    long n;
    while ((n = syscall(SYS_getdents64, directory, listing, LISTING)) > 0)
        for (long at = 0; at < n;) {
            const struct dirent64 *entry = (const struct dirent64 *)(listing + at);
            at += entry->d_reclen;
            if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
                continue;
            walk.entries++;
            if (is_late()) {
                left_out.not_reached = 1;
                return;
            }
            look_at(directory, entry->d_name, length, depth, request);
        }
    left_out.unreadable += n < 0;
}

/* ---- sending ---- */

static int open_below(int box, char *path)
{
    int directory = fcntl(box, F_DUPFD_CLOEXEC, 0);
    for (char *slash; (slash = strchr(path, '/')); path = slash + 1) {
        *slash = '\0';
        int next = open_in(directory, path, O_DIRECTORY);
        *slash = '/';
        close(directory);
        if (next < 0)
            return -1;
        directory = next;
    }
    int file = open_in(directory, path, 0);
    close(directory);
    return file;
}

/* Send the file. If it ends early the host has too few bytes, and drops it. */
static void send_file(int file, const char *path, int64_t size)
{
    char head[PATH_BYTES + 32];
    int length = snprintf(head, sizeof head, "%" PRId64 " %s", size, path);
    write_frame(FILE_HEAD, head, (size_t)length);
    while (size > 0) {
        ssize_t n = read(file, piece, size < PIECE ? (size_t)size : PIECE);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        write_frame(FILE_PIECE, piece, (size_t)n);
        size -= n;
    }
}

static void send_found(int box, const struct request *request)
{
    int64_t bytes = 0;
    for (int64_t i = 0; i < found_count; i++) {
        struct stat status;
        int file = open_below(box, found[i]);
        if (file < 0 || fstat(file, &status) < 0 || !S_ISREG(status.st_mode))
            left_out.unreadable++;
        else if (bytes + status.st_size > request->most_sent_bytes)
            left_out.too_large++;
        else {
            send_file(file, found[i], status.st_size);
            bytes += status.st_size;
        }
        if (file >= 0)
            close(file);
    }
}

/* Send the file of this name, unless the host has it or it is too large. Whatever has the name is no file of the
 * program's. */
static void send_own(int box, const char *name, int64_t most)
{
    struct stat status;
    int file = open_in(box, name, 0);
    if (file >= 0 && fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_size <= most &&
        !is_as_taken(name, box, name, status.st_size))
        send_file(file, name, status.st_size);
    if (file >= 0)
        close(file);
    unlinkat(box, name, 0);
}

bool wants_files(const struct request *request)
{
    return request->most_sent > 0 || request->most_session_bytes > 0;
}

void send_files(int box, const struct request *request)
{
    clear();
    fchmod(box, 0700);
    if (request->most_session_bytes > 0) {
        unlinkat(box, SESSION_UNFINISHED, 0);
        send_own(box, SESSION, request->most_session_bytes);
        send_own(box, SESSION_NOTES, SESSION_NOTES_BYTES);
    }
    if (request->most_sent > 0) {
        look_into(box, 0, 0, request);
        send_found(box, request);
    }
    char text[300];
    int size = snprintf(text, sizeof text,
                        "not_regular=%" PRId64 " too_large=%" PRId64 " too_many=%" PRId64 " too_deep=%" PRId64
                        " bad_name=%" PRId64 " unreadable=%" PRId64 " not_reached=%" PRId64,
                        left_out.not_regular, left_out.too_large, left_out.too_many, left_out.too_deep,
                        left_out.bad_name, left_out.unreadable, left_out.not_reached);
    write_frame(LEFT_OUT, text, (size_t)size);
}
