# Threads are processes to the kernel: they take the same numbers from the same table. A limit
# that counts processes only would miss them.
import os
import threading
import time

WANTED = 200
for alive in range(WANTED):
    try:
        threading.Thread(target=time.sleep, args=(5,), daemon=True).start()
    except RuntimeError as error:
        print(f"ATTEMPT have 200 threads: blocked ({error} after {alive})", flush=True)
        os._exit(1)

print("ATTEMPT have 200 threads: succeeded (all are alive)", flush=True)
os._exit(0)
