/* A nested sandbox: new namespaces inside the slot's container, made and left behind by this code before the first
 * byte of a program is read. The program's process is a child of the nest's init, which is our child.
 *
 * spec.py lists the steps, each an argument "nest=WORD [ARGUMENTS]":
 *
 *     ids LAST                no process gets an id up to this one, if the kernel can do that
 *     network                 a network of its own, with a loopback
 *     sysctl PATH VALUE       … a setting of that network
 *     tmpfs PLACE OPTIONS     an empty file system in memory
 *     proc                    a /proc that shows only the nest, read-only
 *     freeze PATH             make a mount point of the container read-only, the times of its files too
 *     mask PATH               hide a file or directory
 *     drop                    give up all powers over the new namespaces, for good
 *     stack PROFILE           an AppArmor profile that the program is under, besides ours
 *     filter PATH             the filter of system calls that the program is under
 *     fork PROCESSES          a zygote forks the program's process (zygote.h), if it can; the number is for the host
 */
#pragma once
#include <stdbool.h>
#include <sys/types.h>

bool is_step(const char *argument);

/* Whether one of the steps has this word. */
bool has_step(char *const *steps, const char *word);

/* The directories of a run that programs can write. */
struct places {
    int app, tmp, shm, box;
};

#define PLACES 4

/* The namespaces of a nest, as descriptors, in the order in which another process joins them. */
#define NAMESPACES 6
struct namespaces {
    int fds[NAMESPACES], count;
};

struct nest {
    pid_t init;
    int socket;  /* to init */
    struct places places;
    struct namespaces namespaces;
};

struct places open_places(void);
void close_places(struct places *places);

/* Make a nest. End the supervisor if that fails; stderr then has the step. */
struct nest make_nest(char *const *steps);

/* Give the nest the process of its program, by its id in there. With 0, init forks one: then make_nest() returns in that
 * process too, with `init` 0. Let it call close_the_door() as the last before it executes the program. */
void give_program(struct nest *nest, pid_t program);

/* Join a nest, without any power over it; only the children of this process are in its namespace of processes. */
void join_nest(const struct namespaces *namespaces, char *const *steps);

/* Put the calling process under the AppArmor profile of the steps, if they have one. `proc` is the container's own
 * /proc, as the nest's can't be written. */
void put_under_profile(int proc, char *const *steps);

/* Install the filter, if the steps have one. */
void close_the_door(char *const *steps);

/* Read the main process's status by wait(2) from init. False if init has ended without a word. */
bool read_status(const struct nest *nest, int *status);
