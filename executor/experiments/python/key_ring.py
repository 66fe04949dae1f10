# The kernel keeps keys and passwords for programs, in rings that belong to a *user*, not to a
# container: two containers with the same user id share one. And the code had a famous hole.
import ctypes
import errno
import platform

KEYCTL, ADD_KEY = {"x86_64": (250, 248), "aarch64": (219, 217)}[platform.machine()]
GET_KEYRING_ID, USER_KEYRING, PROCESS_KEYRING = 0, -4, -2
libc = ctypes.CDLL(None, use_errno=True)

for what, arguments in (
    ("open the user's key ring", (KEYCTL, GET_KEYRING_ID, USER_KEYRING, 1)),
    # In the process's own ring, so that nothing stays when this succeeds.
    ("keep a key", (ADD_KEY, b"user", b"a-key", b"x", 1, PROCESS_KEYRING)),
):
    if libc.syscall(*arguments) != -1:
        print(f"ATTEMPT {what}: succeeded")
    else:
        print(f"ATTEMPT {what}: blocked ({errno.errorcode[ctypes.get_errno()]})")
