/* The files of a run. /box gets those that come with the request, and the program beside them, before it starts. What
 * the host has asked for is sent when the last process of the run has ended: nothing can move any more, and nobody
 * else reads or follows what a program has made.
 *
 * On the wire a file comes after the line "<bytes> <bytes of its path>\n": its path in /box, then its bytes. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "request.h"

#define BOX "/box"
#define PATH_BYTES 200 /* of the longest path in /box */
#define MAX_DEPTH 8    /* directories above a file */
#define MAX_TAKEN 67   /* files, the program and those of a session among them */
#define SESSION ".session"             /* the state of a session: from the host before the run, to it after */
#define SESSION_NOTES ".session.notes" /* what the runner says about it */
#define SESSION_UNFINISHED ".session.new"
#define SESSION_NOTES_BYTES 8192

struct file_head {
    int64_t size, path;
};

/* Whether a line, its newline included, is a file's head, which has at most `most` bytes after it. */
bool parse_file_head(const char *line, int64_t most, struct file_head *head);

/* Open for reading what a directory has under this name, unless it is a link. */
int open_in(int directory, const char *name, int flags);

/* Whether this is a path that leads down: nothing in it is empty, "." or "..". */
bool is_path(const char *path, size_t size);

/* Let the run have files: from now on /box can be written. */
void open_box(int box);

/* Make a file of the next bytes from the host, and the directories above it. Return 0 or an error: EEXIST if it is
 * there, ENODATA at the end of input. */
int take_file(int box, const char *path, int from, int64_t size);

/* Make all files that the next bytes hold. Return 0 or an error; EBADMSG if they hold anything else. */
int take_files(int box, int from, int64_t bytes);

/* Whether a file of this size, under this path in /box and this name in a directory, is as it was taken. Then the host
 * has it. */
bool is_as_taken(const char *path, int directory, const char *name, int64_t size);

/* Touch all memory that send_files() needs. Later there may be none. */
void prepare_to_send(void);

/* Send what the host has asked for: the state of a session, then regular files by their paths' order, and how many
 * other things are there. The walk has bounds in number, depth and time, and takes no memory. */
void send_files(int box, const struct request *request);

/* Whether the host has asked for anything. */
bool wants_files(const struct request *request);
