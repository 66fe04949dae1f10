import subprocess
import sys

if len(sys.argv) > 1:
    print("child", sys.argv, __name__, __file__)
    raise SystemExit(9)
result = subprocess.run([sys.executable, __file__, "again"], stdout=subprocess.PIPE, text=True)
print(result.stdout, result.returncode, sys.argv, sys.executable, sys.orig_argv)
