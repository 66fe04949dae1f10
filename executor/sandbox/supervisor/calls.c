#define _GNU_SOURCE
#include "calls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bytes.h"

#if defined(__x86_64__)
#define OUR_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "the number of this architecture in a seccomp filter is missing"
#endif

#ifndef SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP /* the headers are older than 6.6 */
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP 1UL
#endif
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV /* older than 5.19 */
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
/* Run the next instruction if the loaded word is `value`, else skip it. UNLESS does the opposite. */
#define IF(value) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1)
#define UNLESS(value) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0)
#define ANSWER(action) BPF_STMT(BPF_RET | BPF_K, action)

/* Add the filter; return the descriptor from which we receive calls, or -1 with errno. */
static int add_filter(struct sock_fprog *filter)
{
    /* No signal interrupts a call that we have received: no EINTR. Kernels before 5.19 refuse the flag. */
    unsigned flags = SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
    int listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, filter);
    if (listener < 0 && errno == EINVAL)
        listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                                SECCOMP_FILTER_FLAG_NEW_LISTENER, filter);
    return listener;
}

int listen_for_calls(void)
{
    struct sock_filter code[] = {
        LOAD(arch),
        UNLESS(OUR_ARCHITECTURE),
        ANSWER(SECCOMP_RET_ALLOW), /* the container's filter refuses it */
        LOAD(nr),
        /* The program's own filter could take our place. */
        IF(__NR_seccomp),
        ANSWER(SECCOMP_RET_ERRNO | EPERM),
        IF(__NR_listen),
        ANSWER(SECCOMP_RET_USER_NOTIF),
        IF(__NR_setsockopt),
        BPF_JUMP(BPF_JMP | BPF_JA, 12, 0, 0), /* to its arguments */
        UNLESS(__NR_fcntl),
        ANSWER(SECCOMP_RET_ALLOW),
        /* The low half of each argument, little-endian: the kernel reads no more. */
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
        /* Succeeds and does nothing: connections would inherit the size before a program accepts them. */
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
    /* Each side waits for the other, so both may run on the same processor: this halves the time. Kernels
     * before 6.6 refuse. */
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
    return listener;
}

void answer(struct calls *calls)
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
        /* Kernels before 5.5 cannot pass a call on; it would wait without end. */
        if (ioctl(calls->listener, SECCOMP_IOCTL_NOTIF_SEND, &response) == 0 || errno != EINVAL)
            return;
        response.flags = 0;
    }
    calls->refused++;
    response.error = listens ? -ENOBUFS : -ENOLCK;
    ioctl(calls->listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}
