import os
import sys

print("before", flush=True)
os.execvp("python3", ["python3", "-c", "import sys; print('after', sys.argv); sys.exit(5)", "x"])
