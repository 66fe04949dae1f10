# Looks for traces of other people's programs: their processes, their files, what they left in
# memory.
import os


def is_the_sandboxs(pid):
    with open(f"/proc/{pid}/comm") as name:
        return name.read() == "supervisor\n"


pids = {int(name) for name in os.listdir("/proc") if name.isdigit()} - {os.getpid()}
others = sorted(pid for pid in pids if not is_the_sandboxs(pid))
print(
    f"ATTEMPT see other processes: {f'succeeded ({others})' if others else 'blocked (only ours and the supervisor)'}"
)

for place in ("/tmp", "/dev/shm"):
    left = os.listdir(place)
    print(
        f"ATTEMPT find something in {place}: {f'succeeded ({left})' if left else 'blocked (it is empty)'}"
    )

programs = os.listdir("/app")
print(
    "ATTEMPT find another program: "
    + ("blocked (only ours)" if programs == ["script.py"] else f"succeeded ({programs})")
)
