import os
import subprocess
import sys

os.environ["COLOUR"] = "blue"
code = "import os, sys; print(os.environ['COLOUR'], os.getcwd(), sys.argv, sys.flags.utf8_mode)"
print(subprocess.run([sys.executable, "-c", code, "arg"], capture_output=True, text=True).stdout)
print(sorted(os.environ), flush=True)
subprocess.run([sys.executable, "-c", "import os; print(os.environ)"], env={"ONLY": "this"})
