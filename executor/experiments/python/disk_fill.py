# Fills the disk. When the disk that holds containers, logs and databases is full, everything on
# the machine fails at once.
import errno

try:
    for number in range(4):
        with open(f"/tmp/file-{number}", "wb") as file:
            file.write(b"x" * (16 << 20))
except OSError as error:
    print(f"ATTEMPT write 64 MiB to /tmp: blocked ({errno.errorcode[error.errno]})")
    raise SystemExit(1) from None

print("ATTEMPT write 64 MiB to /tmp: succeeded (it is all there)")
