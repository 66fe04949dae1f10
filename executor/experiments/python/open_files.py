# Descriptors are memory of the kernel's. A thousand are harmless; what counts is that there is
# an end.
import errno
import os

kept = []
try:
    for _ in range(1000):
        kept.append(os.open("/dev/null", os.O_RDONLY))
except OSError as error:
    print(f"ATTEMPT open 1000 files: blocked ({errno.errorcode[error.errno]} after {len(kept)})")
else:
    print("ATTEMPT open 1000 files: succeeded (all are open)")
