import os
import sys

print("before")
sys.stdout.flush()
os.close(1)
try:
    os.write(1, b"x")
except OSError as error:
    print(error, file=sys.stderr)
print("goes nowhere")
