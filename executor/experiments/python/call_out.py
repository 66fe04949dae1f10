# Calls somebody: a machine in the internet (an address that is reserved for examples), the
# address at which clouds hand out credentials, and the next machine, if there is any.
import errno
import socket
import struct

TARGETS = {"the internet": ("192.0.2.1", 80), "the cloud's metadata": ("169.254.169.254", 80)}


def neighbours():
    """The first address of each network that we are in: that is where the host listens."""
    for line in open("/proc/net/route").read().splitlines()[1:]:
        network, mask = (int(line.split()[column], 16) for column in (1, 7))
        if network and mask:
            address = struct.pack("<L", network)
            yield socket.inet_ntoa(address[:3] + bytes([address[3] + 1]))


found = [("the next machine", (address, 22)) for address in neighbours()]
if not found:
    print("ATTEMPT find a next machine: blocked (there is no route to anywhere)")
for name, address in [*TARGETS.items(), *found]:
    try:
        socket.create_connection(address, timeout=1).close()
        print(f"ATTEMPT call {name}: succeeded (connected)")
    except ConnectionRefusedError:
        print(f"ATTEMPT call {name}: succeeded (it answered: connection refused)")
    except OSError as error:
        print(f"ATTEMPT call {name}: blocked ({errno.errorcode.get(error.errno, error)})")
