import ctypes
import errno

C = ctypes.CDLL(None, use_errno=True)
CALLS = {
    "ptrace": (101, 0, 0, 0, 0),
    "chroot": (161, b"/tmp"),
    "add_key": (248, b"user", b"k", b"v", 1, -2),
    "unshare": (272, 0x10000000),
    "perf_event_open": (298, 0, 0, -1, -1, 0),
    "process_vm_readv": (310, 1, 0, 0, 0, 0, 0),
    "seccomp": (317, 2, 0, 0),
    "memfd_create": (319, b"m", 0),
    "bpf": (321, 0, 0, 0),
    "userfaultfd": (323, 0),
    "io_uring_setup": (425, 1, 0),
    "pidfd_open": (434, 1, 0),
    "landlock_create_ruleset": (444, 0, 0, 1),
    "mq_open": (240, b"q", 0o102, 0o600, 0),
    "shmget": (29, 0, 4096, 0o1600),
    "inotify_init": (253,),
    "fanotify_init": (300, 0, 0),
    "mlock": (149, 0, 4096),
    "personality": (135, 0x0040000),
    "open_by_handle_at": (304, 0, 0, 0),
}
for name, arguments in CALLS.items():
    ctypes.set_errno(0)
    result = C.syscall(*arguments)
    print(name, "works" if result >= 0 else errno.errorcode[ctypes.get_errno()])
