# Leaves somebody behind: a grandchild in a session of its own, the way a daemon starts. If the
# run ended only its main process, the grandchild would continue to mine, to scan or to wait for you.
import os
import time

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(2)
        os.write(1, b"ATTEMPT outlive the run: succeeded (two seconds after its end)\n")
        while True:
            time.sleep(1)
    os._exit(0)
os.wait()

print("the main process ends; a daemon stays behind", flush=True)
os._exit(0)
