import subprocess
import sys

print("parent first")
subprocess.run([sys.executable, "-c", "print('child')"])
print("parent last")
