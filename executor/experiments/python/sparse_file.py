# A file of a GiB that takes no room, until somebody copies it, backs it up or unpacks it.
import errno
import os

with open("/tmp/sparse", "wb") as file:
    try:
        file.truncate(1 << 30)
    except OSError as error:
        print(f"ATTEMPT make a file of 1 GiB: blocked ({errno.errorcode[error.errno]})")
    else:
        blocks = os.stat("/tmp/sparse").st_blocks
        print(f"ATTEMPT make a file of 1 GiB: succeeded (it takes {blocks} blocks)")
