# Looks for others on "our" machine: services on the loopback address, and sockets in the
# kernel's tables. In a network namespace of our own nobody else is there.
import socket

PORTS = (22, 53, 80, 443, 2375, 3306, 5000, 5432, 6379, 8000, 8080, 9200, 10250, 11211)
answered = []
for port in PORTS:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=0.2).close()
        answered.append(port)
    except OSError:
        pass
if answered:
    print(f"ATTEMPT find services on 127.0.0.1: succeeded (ports {answered})")
else:
    print(f"ATTEMPT find services on 127.0.0.1: blocked (nobody on {len(PORTS)} usual ports)")

seen = []
for table in ("tcp", "tcp6", "udp", "udp6", "unix"):
    lines = open(f"/proc/net/{table}").read().splitlines()[1:]
    seen += [f"{table}: {line.split()[1 if table != 'unix' else -1]}" for line in lines]
if seen:
    print(f"ATTEMPT see other people's sockets: succeeded ({seen[:3]})")
else:
    print("ATTEMPT see other people's sockets: blocked (the tables are empty)")
