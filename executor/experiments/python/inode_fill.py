# Empty files fill a disk as well: each takes an inode, and when those are gone no file can be
# made, though `df` shows room.
import errno

try:
    for number in range(5000):
        open(f"/tmp/{number}", "w").close()
except OSError as error:
    print(f"ATTEMPT make 5000 files: blocked ({errno.errorcode[error.errno]} after {number})")
    raise SystemExit(1) from None

print("ATTEMPT make 5000 files: succeeded (all are there)")
