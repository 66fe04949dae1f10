#define _GNU_SOURCE
#include "threads.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/rseq.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bytes.h"

#define MOST_THREADS 64
#define STACK 4096           /* bytes; for the first steps of a copied thread */
#define STOP (__SIGRTMIN + 1) /* glibc's own: no thread blocks it, and no program knows of it */
#define ACTION_WORDS 4       /* of the kernel's struct sigaction */
#define MAPS_SIZE (256 << 10)

static struct thread {
    jmp_buf place;
    char *stack;
    void *storage; /* its thread-local storage */
    pid_t *id;     /* where glibc has its id, which the kernel clears at its end */
    char name[16];
} threads[MOST_THREADS];

static int count; /* of the other threads */
static pid_t highest; /* id of a thread */
static sem_t stopped;
static pid_t *main_id;
static unsigned long usual[ACTION_WORDS]; /* the action of the signal */

/* In each thread: note what a copy of it needs. Only a copy leaves this handler. */
static void stop(int signal)
{
    (void)signal;
    int error = errno;
    _Alignas(16) char stack[STACK];
    struct thread *self = &threads[__atomic_fetch_add(&count, 1, __ATOMIC_SEQ_CST)];
    self->stack = stack + sizeof stack;
    self->storage = __builtin_thread_pointer();
    if (prctl(PR_GET_TID_ADDRESS, &self->id) < 0 || prctl(PR_GET_NAME, self->name) < 0)
        die("thread");
    if (setjmp(self->place) == 0) {
        sem_post(&stopped);
        for (;;)
            pause();
    }
    errno = error;
}

/* sigaction() refuses this signal, so the kernel's form of an action for another one is used for it. */
static void catch_signal(void)
{
    const struct sigaction action = {.sa_handler = stop, .sa_flags = SA_RESTART};
    struct sigaction before;
    unsigned long ours[ACTION_WORDS];
    if (sigaction(SIGUSR2, &action, &before) < 0 ||
        syscall(SYS_rt_sigaction, SIGUSR2, NULL, ours, sizeof *ours) < 0 ||
        sigaction(SIGUSR2, &before, NULL) < 0 ||
        syscall(SYS_rt_sigaction, STOP, ours, usual, sizeof *ours) < 0)
        die("threads");
}

void stop_threads(void)
{
    pid_t ids[MOST_THREADS];
    int found = 0;
    highest = gettid();
    DIR *tasks = opendir("/proc/self/task");
    for (struct dirent *task; tasks && (task = readdir(tasks));) {
        pid_t id = atoi(task->d_name);
        if (id <= 0 || id == gettid())
            continue;
        if (found == MOST_THREADS)
            die("threads: too many");
        ids[found++] = id;
        highest = id > highest ? id : highest;
    }
    if (!tasks || closedir(tasks) < 0 || sem_init(&stopped, 0, 0) < 0 ||
        prctl(PR_GET_TID_ADDRESS, &main_id) < 0)
        die("threads");
    catch_signal();
    for (int i = 0; i < found; i++)
        if (syscall(SYS_tgkill, getpid(), ids[i], STOP) < 0)
            die("threads");
    for (int i = 0; i < found; i++)
        while (sem_wait(&stopped) < 0)
            ;
}

pid_t highest_id(void)
{
    return highest;
}

void take_memory_along(void)
{
    static char maps[MAPS_SIZE];
    size_t size = 0;
    ssize_t n;
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    while (size < sizeof maps - 1 && (n = read(fd, maps + size, sizeof maps - 1 - size)) > 0)
        size += (size_t)n;
    if (fd < 0 || size == 0 || size == sizeof maps - 1)
        die("/proc/self/maps");
    close(fd);
    for (char *line = maps; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        char *end;
        uintptr_t from = strtoul(line, &end, 16), to = strtoul(end + 1, &end, 16);
        madvise((void *)from, to - from, MADV_DOFORK); /* the kernel's own pages refuse */
    }
}

pid_t copy_process(void)
{
    /* The id's address twice: architectures differ in which of the two arguments has it. */
    return (pid_t)syscall(SYS_clone, CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD, NULL, NULL, main_id,
                          main_id);
}

static int come_alive(void *thread)
{
    struct thread *self = thread;
    if (__rseq_size > 0)
        syscall(SYS_rseq, (char *)__builtin_thread_pointer() + __rseq_offset, 32, 0, RSEQ_SIG);
    prctl(PR_SET_NAME, self->name);
    longjmp(self->place, 1);
}

void wake_threads(void)
{
    /* As pthread_create() does it. */
    const int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SYSVSEM | CLONE_SIGHAND | CLONE_THREAD |
                      CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;
    if (syscall(SYS_rt_sigaction, STOP, usual, NULL, sizeof *usual) < 0)
        die("threads");
    for (struct thread *t = threads; t < threads + count; t++)
        if (clone(come_alive, t->stack, flags, t, t->id, t->storage, t->id) < 0)
            die("threads");
}
