import os

print("a whole line that nobody flushed")
os._exit(0)
