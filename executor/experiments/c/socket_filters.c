// A filter is a little program that the kernel compiles and runs on packets or system calls. All filters
// of a machine share one number of bytes (net.core.bpf_jit_limit), which no memory limit counts. After
// one run has loaded some thousand, no container starts on the whole machine. This program loads one of
// each kind.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void tell(const char *what, int error)
{
    if (!error)
        printf("ATTEMPT %s: succeeded (it counts against the machine's limit)\n", what);
    else if (error == EPERM)
        printf("ATTEMPT %s: blocked (EPERM)\n", what);
    else
        printf("ATTEMPT %s: succeeded (the kernel was asked: %s)\n", what, strerrorname_np(error));
}

int main(void)
{
    struct sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
    struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog packets = {1, &drop}, calls = {1, &allow};

    int fd = socket(AF_UNIX, SOCK_STREAM, 0), status;
    int failed = setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &packets, sizeof packets);
    tell("load a filter of packets", failed ? errno : 0);

    if (fork() == 0) { // no process can remove its filter again
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        _exit(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &calls, 0, 0) ? errno : 0);
    }
    wait(&status);
    tell("load a filter of system calls", WEXITSTATUS(status));

    union bpf_attr map = {.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};
    if (syscall(SYS_bpf, BPF_MAP_CREATE, &map, sizeof map) >= 0)
        printf("ATTEMPT use the newer kind (eBPF): succeeded\n");
    else
        printf("ATTEMPT use the newer kind (eBPF): blocked (%s)\n", strerrorname_np(errno));
}
