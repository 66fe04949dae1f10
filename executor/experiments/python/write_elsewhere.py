# Tries to write a file into every directory, except the few that are meant for it. A program that
# can write to the image's files can lay traps for their next user.
import os

MEANT_FOR_IT = ("/tmp", "/dev/shm", "/proc")
written = []
tried = 0
for top, directories, _ in os.walk("/"):
    if top.startswith(MEANT_FOR_IT):
        directories[:] = []
        continue
    tried += 1
    try:
        open(os.path.join(top, "intruder"), "w").close()
        written.append(top)
    except OSError:
        pass

if written:
    print(
        f"ATTEMPT write a file elsewhere: succeeded ({len(written)} places, such as {written[0]})"
    )
else:
    print(f"ATTEMPT write a file elsewhere: blocked (in all of {tried} directories)")
