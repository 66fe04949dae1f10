# A filter is a little program that the kernel compiles and runs on packets or system calls. All
# filters of a machine share one number of bytes (net.core.bpf_jit_limit), which no memory limit
# counts. After one run has loaded some thousand, no container starts on the whole machine. This
# program loads one of each kind.
import ctypes
import errno
import os
import socket
import struct

SO_ATTACH_FILTER, PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, FILTER = 26, 38, 22, 2
libc = ctypes.CDLL(None, use_errno=True)


def program(answer):
    """One instruction, "return", in the form that the kernel takes."""
    code = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, answer))
    return code, struct.pack("HL", 1, ctypes.addressof(code))


def tell(what, error):
    name = errno.errorcode.get(error, error)
    if not error:
        print(f"ATTEMPT {what}: succeeded (it counts against the machine's limit)")
    elif error == errno.EPERM:
        print(f"ATTEMPT {what}: blocked (EPERM)")
    else:
        print(f"ATTEMPT {what}: succeeded (the kernel was asked: {name})")


code, packed = program(0)
try:
    socket.socket(socket.AF_UNIX).setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, packed)
    tell("load a filter of packets", 0)
except OSError as failed:
    tell("load a filter of packets", failed.errno)

code, packed = program(0x7FFF0000)  # allow everything
address = ctypes.create_string_buffer(packed)
if os.fork() == 0:  # no process can remove its filter again
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    failed = libc.prctl(PR_SET_SECCOMP, FILTER, address, 0, 0)
    os._exit(ctypes.get_errno() if failed else 0)
tell("load a filter of system calls", os.waitstatus_to_exitcode(os.wait()[1]))
