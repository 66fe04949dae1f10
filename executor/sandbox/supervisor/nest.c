#define _GNU_SOURCE
#include "nest.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bytes.h"
#include "passing.h"

#define STEP "nest="
#define DATA (MS_NOSUID | MS_NODEV | MS_NOEXEC)
#define NOTHING "/sandbox/nothing" /* an empty directory of the image */
#define FILTER_SIZE 4096           /* instructions; the kernel takes no more */
#define ENDED_BEFORE 1000          /* processes that init reaps before it tells of the end */

/* ---- what every nest has ---- */

static _Noreturn void fail(const char *step)
{
    char what[200];
    snprintf(what, sizeof what, "nest: %s", step);
    die(what);
}

static void write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
        fail(path);
    close(fd);
}

/* Our user and group, and no others: more would need a power that we do not have. */
static void map_ids(uid_t uid, gid_t gid)
{
    char map[64];
    write_file("/proc/self/setgroups", "deny");
    snprintf(map, sizeof map, "%u %u 1\n", uid, uid);
    write_file("/proc/self/uid_map", map);
    snprintf(map, sizeof map, "%u %u 1\n", gid, gid);
    write_file("/proc/self/gid_map", map);
}

static void mount_at(const char *type, const char *at, unsigned long flags, const char *options)
{
    if (mount(type, at, type, flags, options) < 0)
        fail(at);
}

/* ---- steps ---- */

static void bring_loopback_up(void)
{
    struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 && errno == EAFNOSUPPORT)
        return; /* the container's filter allows no such sockets, so nobody needs one */
    if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &lo) < 0)
        fail("loopback");
    close(fd);
}

/* Make a mount point of the container read-only, with what else holds for it. */
static void freeze(const char *path)
{
    struct statvfs status;
    if (statvfs(path, &status) < 0)
        fail(path);
    unsigned long kept = status.f_flag & DATA; /* the kernel takes none of it away */
    if (mount(NULL, path, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | kept, NULL) < 0)
        fail(path);
}

/* Let the nest's next process have the id after this one. Kernels and security modules may refuse: then a zygote that
 * needs it makes no copy. */
static void skip_ids(const char *last)
{
    int fd = open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    ssize_t written = write(fd, last, strlen(last));
    (void)written;
    close(fd);
}

/* A file goes under /dev/null, a directory under an empty one. What is not there needs nothing. */
static void mask(const char *path)
{
    struct stat status;
    if (stat(path, &status) < 0)
        return;
    if (mount(S_ISDIR(status.st_mode) ? NOTHING : "/dev/null", path, NULL, MS_BIND, NULL) < 0)
        fail(path);
}

/* Leave no power in any set, so that no exec can bring one back. */
static void drop(void)
{
    for (int power = 0; prctl(PR_CAPBSET_READ, power) >= 0; power++)
        if (prctl(PR_CAPBSET_DROP, power) < 0)
            fail("bounding set");
    if (prctl(PR_SET_SECUREBITS,
              SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |
                  SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED |
                  SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED) < 0)
        fail("securebits");
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2] = {{0}, {0}};
    if (syscall(SYS_capset, &header, none) < 0)
        fail("capset");
}

static void install(const char *path)
{
    static struct sock_filter code[FILTER_SIZE];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? -1 : read(fd, code, sizeof code);
    if (size <= 0 || size % (ssize_t)sizeof *code != 0)
        fail(path);
    close(fd);
    struct sock_fprog filter = {.len = (unsigned short)(size / (ssize_t)sizeof *code), .filter = code};
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0)
        fail("filter");
}

/* Take on an AppArmor profile besides our own. What it refuses stays refused: there is no step back. */
static void stack(int proc, const char *profile)
{
    char order[200];
    int size = snprintf(order, sizeof order, "stack %s", profile);
    int fd = openat(proc, "self/attr/apparmor/current", O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, order, (size_t)size) != size)
        fail("apparmor");
    close(fd);
}

/* The arguments of a step if it has this word, else NULL. */
static const char *arguments(const char *step, const char *word)
{
    size_t length = strlen(word);
    step += sizeof STEP - 1;
    if (strncmp(step, word, length) != 0 || (step[length] != ' ' && step[length] != '\0'))
        return NULL;
    return step[length] == ' ' ? step + length + 1 : step + length;
}

/* Split "first second" in a copy; return the second. */
static const char *split(char copy[200], const char *both)
{
    if (snprintf(copy, 200, "%s", both) >= 200 || strchr(copy, ' ') == NULL)
        fail(both);
    char *space = strchr(copy, ' ');
    *space = '\0';
    return space + 1;
}

static void take_step(const char *step)
{
    char first[200];
    const char *rest;
    if ((rest = arguments(step, "ids")))
        skip_ids(rest);
    else if (arguments(step, "network"))
        bring_loopback_up();
    else if ((rest = arguments(step, "sysctl"))) {
        rest = split(first, rest);
        write_file(first, rest);
    } else if ((rest = arguments(step, "tmpfs"))) {
        rest = split(first, rest);
        mount_at("tmpfs", first, DATA, rest);
    } else if (arguments(step, "proc"))
        mount_at("proc", "/proc", DATA | MS_RDONLY, NULL);
    else if ((rest = arguments(step, "freeze")))
        freeze(rest);
    else if ((rest = arguments(step, "mask")))
        mask(rest);
    else if (arguments(step, "drop"))
        drop();
    else if (!arguments(step, "stack") && !arguments(step, "filter") && !arguments(step, "fork"))
        fail(step); /* those are taken later: close_the_door(), zygote.h */
}

bool is_step(const char *argument)
{
    return argument != NULL && strncmp(argument, STEP, sizeof STEP - 1) == 0;
}

bool has_step(char *const *steps, const char *word)
{
    for (; is_step(*steps); steps++)
        if (arguments(*steps, word))
            return true;
    return false;
}

void put_under_profile(int proc, char *const *steps)
{
    const char *profile;
    for (; is_step(*steps); steps++)
        if ((profile = arguments(*steps, "stack")))
            stack(proc, profile);
}

void close_the_door(char *const *steps)
{
    const char *path;
    for (; is_step(*steps); steps++)
        if ((path = arguments(*steps, "filter")))
            install(path);
}

/* ---- the namespaces ---- */

/* That of users first: it gives the power to join the others. That of the network last: a nest may lack it. */
static const char *const NAMES[NAMESPACES] = {"user", "pid", "mnt", "ipc", "uts", "net"};

/* Only a dumpable process may open them, and init is none once it is set up. */
static struct namespaces open_namespaces(char *const *steps)
{
    struct namespaces namespaces = {.count = has_step(steps, "network") ? NAMESPACES : NAMESPACES - 1};
    for (int i = 0; i < namespaces.count; i++) {
        char path[40];
        snprintf(path, sizeof path, "/proc/self/ns/%s", NAMES[i]);
        namespaces.fds[i] = open(path, O_RDONLY | O_CLOEXEC);
        if (namespaces.fds[i] < 0)
            fail(path);
    }
    return namespaces;
}

static void close_namespaces(struct namespaces *namespaces)
{
    while (namespaces->count > 0)
        close(namespaces->fds[--namespaces->count]);
}

/* ---- coming in ---- */

/* What each process needs that has come into a nest. */
static void settle_in(void)
{
    if (chdir("/app") < 0) /* out of what is under the mount */
        fail("/app");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        fail("no new privileges");
}

static struct namespaces set_up(char *const *steps, uid_t uid, gid_t gid)
{
    /* Only a dumpable process may write its maps. No program is there yet. */
    prctl(PR_SET_DUMPABLE, 1);
    map_ids(uid, gid);
    struct namespaces namespaces = open_namespaces(steps);
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        fail("private mounts");
    mount_at("mqueue", "/dev/mqueue", DATA, NULL); /* of the new IPC namespace */
    for (; is_step(*steps); steps++)
        take_step(*steps);
    settle_in();
    prctl(PR_SET_DUMPABLE, 0);
    return namespaces;
}

void join_nest(const struct namespaces *namespaces, char *const *steps)
{
    for (int i = 0; i < namespaces->count; i++)
        if (setns(namespaces->fds[i], 0) < 0)
            fail("join");
    if (has_step(steps, "drop"))
        drop();
    settle_in();
}

/* ---- the places ---- */

struct places open_places(void)
{
    const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
    struct places places = {open("/app", flags), open("/tmp", flags), open("/dev/shm", flags),
                            open("/box", flags)};
    if (places.app < 0 || places.tmp < 0 || places.shm < 0 || places.box < 0)
        die("places");
    return places;
}

void close_places(struct places *places)
{
    close(places->app);
    close(places->tmp);
    close(places->shm);
    close(places->box);
}

static void send_nest(int to, const struct places *places, const struct namespaces *namespaces)
{
    int fds[PLACES + NAMESPACES] = {places->app, places->tmp, places->shm, places->box};
    memcpy(fds + PLACES, namespaces->fds, sizeof namespaces->fds);
    if (!pass(to, "", 1, fds, PLACES + (size_t)namespaces->count))
        fail("places");
}

static void receive_nest(struct nest *nest)
{
    char byte;
    int fds[PLACES + NAMESPACES];
    size_t count = PLACES + NAMESPACES;
    if (take_passed(nest->socket, &byte, 1, fds, &count) != 1 || count < PLACES + NAMESPACES - 1)
        die("nest"); /* init has said why */
    nest->places = (struct places){fds[0], fds[1], fds[2], fds[3]};
    nest->namespaces.count = (int)count - PLACES;
    memcpy(nest->namespaces.fds, fds + PLACES, (size_t)nest->namespaces.count * sizeof *fds);
}

/* ---- init ---- */

/* Reap all that dies in the nest, and say how the program's own process ended. Init has no signal handler, so no
 * signal from within the nest reaches it. It ends by our SIGKILL, and takes along what is left in the nest. */
static _Noreturn void be_init(pid_t program, int to, char *const *steps)
{
    /* Nothing else stays open: the program starts when the control pipe has no writer. */
    if (dup2(to, STDIN_FILENO) < 0)
        die("init");
    close_range(STDOUT_FILENO, ~0U, 0);
    close_the_door(steps);
    for (;;) {
        int status;
        pid_t pid = wait4(-1, &status, 0, NULL);
        for (int n = 0; pid == program && n < ENDED_BEFORE && wait4(-1, NULL, WNOHANG, NULL) > 0; n++)
            ;
        if (pid == program && write(STDIN_FILENO, &status, sizeof status) < 0)
            _exit(70);
        if (pid < 0 && errno != EINTR)
            pause();
    }
}

struct nest make_nest(char *const *steps)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        die("nest");
    uid_t uid = getuid();
    gid_t gid = getgid();
    int flags = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS;
    if (has_step(steps, "network"))
        flags |= CLONE_NEWNET;
    pid_t init = (pid_t)syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
    if (init < 0)
        fail("namespaces");
    if (init > 0) {
        close(ends[1]);
        struct nest nest = {.init = init, .socket = ends[0]};
        receive_nest(&nest);
        return nest;
    }
    close(ends[0]);
    struct namespaces namespaces = set_up(steps, uid, gid);
    struct places places = open_places();
    send_nest(ends[1], &places, &namespaces);
    pid_t program;
    if (recv(ends[1], &program, sizeof program, 0) != sizeof program)
        _exit(70); /* the supervisor has ended */
    if (program == 0)
        program = fork();
    if (program < 0)
        fail("fork");
    if (program > 0)
        be_init(program, ends[1], steps);
    return (struct nest){0};
}

void give_program(struct nest *nest, pid_t program)
{
    /* If init has ended, the boot signal does not come. */
    send(nest->socket, &program, sizeof program, MSG_NOSIGNAL);
    close_namespaces(&nest->namespaces);
}

bool read_status(const struct nest *nest, int *status)
{
    return recv(nest->socket, status, sizeof *status, MSG_DONTWAIT) == sizeof *status;
}
