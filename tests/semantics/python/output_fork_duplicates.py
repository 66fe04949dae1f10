import os

print("printed once, before the fork")
if os.fork() == 0:
    raise SystemExit
os.wait()
