# Lets 200 connections wait at one door that nobody opens. Until a program accepts a connection, no
# control group is charged for it and for what it has received, so only the length of the queue
# bounds that memory. What does not fit into the queue is not connected.
import os
import socket
import time

WANTED, EACH = 200, 100


def knock(address):
    """Try to connect EACH times; return how many wait at the door."""
    callers = [socket.socket() for _ in range(EACH)]
    for caller in callers:
        caller.setblocking(False)
        caller.connect_ex(address)
    time.sleep(0.5)
    waiting = 0
    for caller in callers:
        try:
            caller.getpeername()
            waiting += 1
        except OSError:
            pass
    return waiting


try:
    door = socket.create_server(("127.0.0.1", 0), backlog=4096)
except OSError as error:
    print(f"ATTEMPT let {WANTED} connections wait: blocked ({error})")
    raise SystemExit from None

waiting = 0
for _ in range(WANTED // EACH):
    inside, outside = os.pipe()
    if os.fork() == 0:
        os.write(outside, bytes([knock(door.getsockname())]))
        time.sleep(1)  # keeps them, while others knock
        os._exit(0)
    waiting += os.read(inside, 1)[0]

how = "succeeded (all of them do)" if waiting >= WANTED else f"blocked ({waiting} do)"
print(f"ATTEMPT let {WANTED} connections wait: {how}")
