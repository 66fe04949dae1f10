# Queries a name server. Even where no connection gets out, names often do: "secret-
# data.attacker.example" is a message to the owner of attacker.example.
import socket

servers = [line.split()[1] for line in open("/etc/resolv.conf") if line.startswith("nameserver")]
if servers:
    print(f"ATTEMPT find a name server: succeeded ({', '.join(servers)})")
else:
    print("ATTEMPT find a name server: blocked (none is configured)")

try:
    found = socket.getaddrinfo("example.com", 80)[0][4]
    print(f"ATTEMPT look up example.com: succeeded ({found})")
except OSError as error:
    print(f"ATTEMPT look up example.com: blocked ({error})")
