# Leaves a message for the next run, and looks for one of the run before: as a file, as a
# connection that the kernel still remembers, and as two touches of devices a third of a second
# apart. Devices belong to root, but anybody who may write to one may set its time to now.
import os
import socket
import time

FIRST, SECOND = "/dev/full", "/dev/zero"
CLOSED = "06"  # TIME_WAIT: the kernel remembers it for a minute


def find(what, found):
    how = f"succeeded ({found})" if found else "blocked (nothing is there)"
    print(f"ATTEMPT find {what}: {how}")


def connections():
    with open("/proc/net/tcp") as table:
        return sum(line.split()[3] == CLOSED for line in table)


def connect():
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = socket.create_connection(server.getsockname())
        server.accept()[0].close()
        client.recv(1)
        client.close()


def touch():
    os.utime(FIRST)
    time.sleep(0.33)
    os.utime(SECOND)


for place in ("/tmp", "/dev/shm"):
    find(f"a file in {place}", ", ".join(os.listdir(place)))
find("a closed connection", connections())
pause = os.stat(SECOND).st_mtime - os.stat(FIRST).st_mtime
find("a touched device", f"{pause:.2f} s apart" if 0.25 < pause < 0.75 else "")

for place in ("/tmp", "/dev/shm"):
    with open(f"{place}/message", "w") as message:
        message.write("meet me at the usual place")
for leave in (connect, touch):
    try:
        leave()
    except OSError as error:  # not here, then
        print(f"{leave.__name__}: {error}")
