# Looks for traces of other people's programs: their processes, their files, what they left in
# memory.
import os

ours = {1, os.getpid()}
others = sorted({int(name) for name in os.listdir("/proc") if name.isdigit()} - ours)
print(
    f"ATTEMPT see other processes: {f'succeeded ({others})' if others else 'blocked (only PID 1 and ours)'}"
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
