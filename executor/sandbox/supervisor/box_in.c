#define _GNU_SOURCE
#include "box.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bytes.h"

#define LINE_BYTES 32
#define PIECE 16384

static struct taken {
    char path[PATH_BYTES + 1];
    int64_t size;
    uint64_t sum;
} taken[MAX_TAKEN];
static int taken_count;

static char piece[PIECE];

void open_box(int box)
{
    taken_count = 0;
    memset(piece, 1, sizeof piece); /* later there may be no memory for it */
    if (fchmod(box, 0755) < 0)
        die("box");
}

/* FNV-1a. It only tells a changed file from one that is the same: a program that makes another with this sum hides
 * its own file. Times do not tell, since a write through a mapping leaves them. */
static uint64_t sum_on(uint64_t sum, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ (unsigned char)bytes[i]) * 0x100000001b3;
    return sum;
}

#define NO_SUM 0xcbf29ce484222325

bool parse_file_head(const char *line, int64_t most, struct file_head *head)
{
    const char *at = line;
    return take_number(&at, ' ', 0, most, &head->size) && take_number(&at, '\n', 1, PATH_BYTES, &head->path) &&
           *at == '\0' && head->size + head->path <= most;
}

bool is_path(const char *path, size_t size)
{
    if (size == 0 || size > PATH_BYTES || memchr(path, '\0', size))
        return false;
    int depth = 0;
    for (const char *at = path, *end = path + size;; depth++) {
        const char *slash = memchr(at, '/', (size_t)(end - at));
        size_t length = (size_t)((slash ? slash : end) - at);
        if (length == 0 || depth > MAX_DEPTH || (length == 1 && at[0] == '.') ||
            (length == 2 && at[0] == '.' && at[1] == '.'))
            return false;
        if (slash == NULL)
            return true;
        at = slash + 1;
    }
}

int open_in(int directory, const char *name, int flags)
{
    return openat(directory, name, flags | O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

/* Go to the directory above the file, and make those that are missing. Return it, with the file's name, or -1. */
static int directory_above(int box, char *path, char **name)
{
    int directory = fcntl(box, F_DUPFD_CLOEXEC, 0);
    for (char *slash; directory >= 0 && (slash = strchr(path, '/')); path = slash + 1) {
        *slash = '\0';
        int next = -1;
        if (mkdirat(directory, path, 0755) == 0 || errno == EEXIST)
            next = open_in(directory, path, O_DIRECTORY);
        int error = errno;
        close(directory);
        errno = error;
        directory = next;
    }
    *name = path;
    return directory;
}

static int make_file(int box, const char *path)
{
    char copy[PATH_BYTES + 1], *name;
    strcpy(copy, path);
    int directory = directory_above(box, copy, &name);
    if (directory < 0)
        return -1;
    int file = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    int error = errno;
    close(directory);
    errno = error;
    return file;
}

int take_file(int box, const char *path, int from, int64_t size)
{
    if (taken_count == MAX_TAKEN || !is_path(path, strlen(path)))
        return EBADMSG;
    int file = make_file(box, path);
    if (file < 0)
        return errno;
    struct taken *one = &taken[taken_count++];
    strcpy(one->path, path);
    one->size = size;
    one->sum = NO_SUM;
    for (int64_t left = size; left > 0;) {
        size_t part = left < PIECE ? (size_t)left : PIECE;
        if (!read_all(from, piece, part)) {
            close(file);
            return ENODATA;
        }
        write_all(file, piece, part);
        one->sum = sum_on(one->sum, piece, part);
        left -= (int64_t)part;
    }
    close(file);
    return 0;
}

/* Read the line, and no byte after it. Return 0 or an error. */
static int read_head(int from, int64_t most, struct file_head *head, int64_t *bytes)
{
    char line[LINE_BYTES + 1];
    for (*bytes = 0; *bytes < LINE_BYTES && *bytes < most;) {
        if (!read_all(from, line + *bytes, 1))
            return ENODATA;
        if (line[(*bytes)++] == '\n') {
            line[*bytes] = '\0';
            return parse_file_head(line, most - *bytes, head) ? 0 : EBADMSG;
        }
    }
    return EBADMSG;
}

int take_files(int box, int from, int64_t bytes)
{
    while (bytes > 0) {
        struct file_head head;
        char path[PATH_BYTES + 1];
        int64_t line;
        int error = read_head(from, bytes, &head, &line);
        if (error)
            return error;
        if (!read_all(from, path, (size_t)head.path))
            return ENODATA;
        path[head.path] = '\0';
        if (!is_path(path, (size_t)head.path))
            return EBADMSG;
        error = take_file(box, path, from, head.size);
        if (error)
            return error;
        bytes -= line + head.path + head.size;
    }
    return 0;
}

bool is_as_taken(const char *path, int directory, const char *name, int64_t size)
{
    const struct taken *one = taken, *end = taken + taken_count;
    while (one < end && (one->size != size || strcmp(one->path, path) != 0))
        one++;
    int file = one < end ? open_in(directory, name, 0) : -1;
    if (file < 0)
        return false;
    uint64_t sum = NO_SUM;
    ssize_t n;
    while ((n = read(file, piece, sizeof piece)) > 0)
        sum = sum_on(sum, piece, (size_t)n);
    close(file);
    return n == 0 && sum == one->sum;
}
