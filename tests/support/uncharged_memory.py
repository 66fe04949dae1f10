"""Programs that take kernel memory which no memory limit counts."""

TCP = """
import socket, time
server = socket.create_server(("127.0.0.1", 0)); kept = []; held = 0
for _ in range(100):
    a = socket.create_connection(server.getsockname()); b, _ = server.accept()
    for end in (a, b):
        kept.append(end); end.setblocking(False)
        try:
            while held < 160 << 20: held += end.send(bytes(65536))
        except OSError: pass
time.sleep(0.3)
"""
UDP = """
import os, socket, time
for _ in range(5):
    if os.fork() == 0:
        kept = []
        for _ in range(200):
            kept.append(socket.socket(type=socket.SOCK_DGRAM)); kept[-1].bind(("127.0.0.1", 0))
            kept[-1].setblocking(False)
            try:
                for _ in range(20): kept[-1].sendto(bytes(60000), kept[-1].getsockname())
            except OSError: pass
        time.sleep(0.5); os._exit(0)
for _ in range(5): os.wait()
"""
UNACCEPTED = """
import os, socket, time
servers = []
def client(address):
    with socket.socket() as one:
        one.settimeout(0.05); one.connect(address); one.setblocking(False)
        try:
            while True: one.send(bytes(1000))
        except BlockingIOError: pass
try:
    for _ in range(60):
        server = socket.socket()
        for option in (socket.SO_RCVBUF, socket.SO_RCVLOWAT):  # each would be inherited
            server.setsockopt(socket.SOL_SOCKET, option, 3 << 20)
        server.bind(("127.0.0.1", 0)); server.listen(4096); servers.append(server)
        for _ in range(129): client(server.getsockname())
except OSError as error: print(error)
"""
LOCKS = """
import fcntl, os, struct, time
def lock(file, kind, start, length):
    fcntl.fcntl(file, fcntl.F_SETLK, struct.pack("hhqqi", kind, 0, start, length, 0))
for _ in range(6):
    if os.fork() == 0:
        for _ in range(240):  # few in a file: the kernel looks at all of them
            file = os.memfd_create("x"); lock(file, fcntl.F_RDLCK, 0, 1 << 30)
            for at in range(400, 0, -1): lock(file, fcntl.F_WRLCK, 2 * at, 1)  # splits it: two more
        time.sleep(10)
for _ in range(6): os.wait()
"""


def at_once(*programs: str) -> str:
    """Make a program that runs these as its children and keeps what they hold until all have it."""
    return f"""
import os, time
for program in {programs!r}:
    if os.fork() == 0:
        try: exec(program, {{}})
        finally: time.sleep(20)
time.sleep(20)
"""
