"""Programs that hinder the feeder, the supervisor's process that gives them their input."""

from collections.abc import Callable

from executor import Keyboard, RunEvent

# While a child waits in sendfile(2), it holds the lock of the input's pipe. So the feeder, which
# gives what is typed, waits for the lock.
HOLD = """
import os, signal, socket, time
held = os.open("/proc/self/fd/0", os.O_WRONLY)
begun, begins = os.pipe()
holder = os.fork()
if holder == 0:
    nothing, other = socket.socketpair()
    os.write(begins, b"1")
    os.sendfile(held, nothing.fileno(), None, 100)
    os._exit(0)
os.read(begun, 1)
time.sleep(0.3)
print("type", flush=True)
"""

# The feeder stops when it has given the line, before it can count it.
STOP = """
def state(pid):
    return open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[0]

feeder = max(int(pid) for pid in os.listdir("/proc") if pid.isdigit() and int(pid) < holder)
end = time.monotonic() + 20
while state(feeder) != "D" and time.monotonic() < end:
    time.sleep(0.01)
assert state(feeder) == "D"
os.kill(feeder, signal.SIGSTOP)
os.kill(holder, signal.SIGKILL)
os.waitpid(holder, 0)
assert os.read(0, 100) == b"hello\\n"
"""


def typist() -> tuple[Keyboard, Callable[[RunEvent], None]]:
    """Return a keyboard on which a line is typed when the run's events say that it was asked for."""
    keyboard, printed = Keyboard(), ""

    def see(event: RunEvent) -> None:
        nonlocal printed
        before, printed = printed, printed + event.text
        if "type" in printed and "type" not in before:
            keyboard.type("hello\n")

    return keyboard, see
