"""The languages of EXECUTOR_LANGUAGES beside Python's and JavaScript's: native code is contained as well.

How a fork bomb, endless output and the like end is in each language's `programs/`.
"""

import pytest

from executor import RunRequest, RunResult, Verdict, execute, limits_of, offered
from executor.languages import LANGUAGES

pytestmark = pytest.mark.docker


def needs(language: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(
        language not in offered(), reason=f"EXECUTOR_LANGUAGES does not name {language}"
    )


def run(code: str, language: str) -> RunResult:
    limits = limits_of(LANGUAGES[language])
    return execute(RunRequest(code=code, language=language, limits=limits))


TRIES = r"""
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define TRY(what) do { \
        errno = 0; \
        long got = (long)(what); \
        printf("%s %s\n", got == -1 || got == 0x7fffffff ? "refused" : "BREACH", #what); \
    } while (0)

static int reach(const char *address, int port)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    inet_aton(address, &to.sin_addr);
    return connect(fd, (struct sockaddr *)&to, sizeof to);
}

static int start(const char *path)
{
    int fd = open(path, O_CREAT | O_WRONLY, 0755), from = open("/bin/true", O_RDONLY), status;
    char block[4096];
    for (ssize_t n; (n = read(from, block, sizeof block)) > 0;)
        if (write(fd, block, n) < 0)
            return -1;
    close(fd);
    if (fork() == 0) {
        execl(path, "true", NULL);
        _exit(errno == EACCES ? 77 : 0);
    }
    waitpid(-1, &status, 0);
    return WEXITSTATUS(status) == 77 ? -1 : 0;
}

static int raise_a_limit(void)
{
    struct rlimit core;
    getrlimit(RLIMIT_CORE, &core);
    core.rlim_max++;
    return setrlimit(RLIMIT_CORE, &core);
}

int main(void)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    TRY(reach("1.1.1.1", 80));
    TRY(reach("169.254.169.254", 80));
    TRY(reach("172.17.0.1", 80));
    TRY(open("/new", O_CREAT | O_WRONLY, 0600));
    TRY(open("/usr/bin/gcc", O_WRONLY));
    TRY(symlink("/etc/passwd", "/app/link"));
    TRY(symlink("/etc/passwd", "/etc/link"));
    TRY(open("/app/main.c", O_WRONLY));
    TRY(open("/proc/1/mem", O_RDONLY));
    TRY(open("/proc/1/environ", O_RDONLY));
    TRY(open("/proc/sys/kernel/core_pattern", O_WRONLY));
    TRY(ptrace(PTRACE_ATTACH, 1, 0, 0));
    TRY(ptrace(PTRACE_SEIZE, 1, 0, 0));
    TRY(process_vm_readv(1, NULL, 0, NULL, 0, 0));
    TRY(start("/tmp/true"));
    TRY(start("/dev/shm/true"));
    TRY(setuid(0));
    TRY(mount("none", "/tmp", "tmpfs", 0, ""));
    TRY(umount2("/tmp", MNT_DETACH));
    TRY(unshare(CLONE_NEWUSER));
    TRY(unshare(CLONE_NEWNET));
    TRY(chroot("/tmp"));
    TRY(mknod("/tmp/disk", S_IFBLK | 0600, 0x0800));
    TRY(syscall(SYS_bpf, BPF_MAP_CREATE, NULL, 0));
    TRY(syscall(SYS_io_uring_setup, 1, NULL));
    TRY(syscall(SYS_keyctl, 0, 0, 0, 0, 0));
    TRY(syscall(SYS_userfaultfd, 0));
    TRY(syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0));
    TRY(syscall(SYS_kexec_load, 0, 0, NULL, 0));
    TRY(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0));
    TRY(memfd_create("huge", MFD_HUGETLB));
    TRY((long)mmap(NULL, 1 << 21, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0));
    TRY(setpriority(PRIO_PROCESS, 0, -10));
    TRY(raise_a_limit());
    kill(1, SIGKILL);
    kill(1, SIGSTOP);
    puts("done");
}
"""


@needs("c")
def test_native_code_gets_nothing_that_other_programs_do_not_get() -> None:
    result = run(TRIES, "c")
    lines = result.stdout.splitlines()
    assert lines[-1:] == ["done"], result
    assert [line for line in lines if "BREACH" in line] == []
    assert len([line for line in lines if line.startswith("refused")]) == TRIES.count("    TRY(")
    assert result.verdict is Verdict.OK


DEEP = r"""
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

static long dig(long depth)
{
    volatile char room[4096];
    room[0] = (char)depth;
    return depth + dig(depth + 1) + room[0];
}

int main(void)
{
    struct rlimit stack = {RLIM_INFINITY, RLIM_INFINITY};
    printf("%d\n", setrlimit(RLIMIT_STACK, &stack));
    return (int)dig(0);
}
"""


@needs("c")
def test_stack_without_a_limit_ends_at_the_memory_limit_or_by_a_signal() -> None:
    result = run(DEEP, "c")
    assert result.verdict in (Verdict.MEMORY_LIMIT_EXCEEDED, Verdict.RUNTIME_ERROR), result
    assert result.signal in (9, 11)


SHELL_TRIES = """
touch /new /etc/new /app/new; echo
echo x > /app/script.sh
cat /proc/1/environ /proc/1/mem
cp /bin/true /tmp/true && chmod +x /tmp/true && /tmp/true && echo BREACH
ln -s /etc/passwd /etc/link && echo BREACH
exec 5<>/dev/tcp/1.1.1.1/80 && echo BREACH
mount -t tmpfs none /tmp && echo BREACH
unshare -r true && echo BREACH
kill -9 1; kill -STOP 1
ls /new /etc/new /app/new 2>/dev/null && echo BREACH
echo done
"""


@needs("bash")
def test_shell_gets_nothing_that_other_programs_do_not_get() -> None:
    result = run(SHELL_TRIES, "bash")
    assert result.stdout == "\ndone\n", result
    assert result.verdict is Verdict.OK


@needs("sql")
@pytest.mark.parametrize(
    "code",
    [
        "ATTACH '/app/new.db' AS a; CREATE TABLE a.breach(a);",
        "ATTACH '/proc/1/mem' AS a; SELECT * FROM a.sqlite_schema;",
        ".shell cp /bin/true /tmp/true && chmod +x /tmp/true && /tmp/true && echo BREACH\n.exit 1",
        "SELECT load_extension('/app/script.sql');",
    ],
)
def test_commands_of_sqlites_shell_reach_only_what_is_in_the_sandbox(code: str) -> None:
    result = run(code, "sql")
    assert (result.verdict, result.exit_code) == (Verdict.RUNTIME_ERROR, 1), result
    assert "BREACH" not in result.stdout
