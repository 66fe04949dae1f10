import cProfile
import re
import subprocess
import sys

if len(sys.argv) > 1:
    print("profiled", __name__, sys.argv)
else:
    command = [sys.executable, "-m", "cProfile", "-s", "name", __file__, "child"]
    text = subprocess.run(command, capture_output=True, text=True).stdout
    print(re.sub(r"\d+\.\d+|\d+ function calls.*", "T", "\n".join(line for line in text.split("\n") if "script.py" in line or "profiled" in line)))
