#!/usr/bin/env python3
"""Start the program named by the variable CHROMIUM, without news of the machine's network.

When an address of any interface comes or goes, as those of Docker's networks do while other tests run,
Chromium gives up what waits for a connection (net::ERR_NETWORK_CHANGED), also to the loopback. It has no
switch for that. A filter of system calls refuses it the netlink socket that brings the news.
"""

import ctypes
import errno
import os
import platform
import socket
import struct
import sys

SOCKET = {"x86_64": 41, "aarch64": 198}
"""The number of the system call, by machine."""
NO_NEW_PRIVILEGES, SECCOMP, FILTER = 38, 22, 2
LOAD, EQUALS, RETURN = 0x20, 0x15, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EAFNOSUPPORT
NUMBER, FIRST_ARGUMENT = 0, 16
"""Offsets in the data that the filter sees."""


class Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def refuse_netlink(number: int) -> None:
    """Refuse netlink sockets to this process and those that it starts."""
    steps = (
        (LOAD, 0, 0, NUMBER),
        (EQUALS, 0, 3, number),
        (LOAD, 0, 0, FIRST_ARGUMENT),
        (EQUALS, 0, 1, int(socket.AF_NETLINK)),
        (RETURN, 0, 0, REFUSE),
        (RETURN, 0, 0, ALLOW),
    )
    code = b"".join(struct.pack("HBBI", *step) for step in steps)
    libc = ctypes.CDLL(None, use_errno=True)
    program = Program(len(steps), code)
    if libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0) or libc.prctl(
        SECCOMP, FILTER, ctypes.byref(program)
    ):
        raise OSError(ctypes.get_errno(), "the filter is refused")


if __name__ == "__main__":
    if found := SOCKET.get(platform.machine()):
        refuse_netlink(found)
    path = os.environ["CHROMIUM"]
    os.execv(path, [path, *sys.argv[1:]])
