# /dev/shm is a file system that every program can write to, and that is easily forgotten: by
# default it may take half of the machine's memory.
import errno

try:
    for number in range(4):
        with open(f"/dev/shm/file-{number}", "wb") as file:
            file.write(b"x" * (16 << 20))
except OSError as error:
    print(f"ATTEMPT write 64 MiB to /dev/shm: blocked ({errno.errorcode[error.errno]})")
    raise SystemExit(1) from None

print("ATTEMPT write 64 MiB to /dev/shm: succeeded (it is all there)")
