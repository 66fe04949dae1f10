import os
import pathlib
import sys

print(sorted(os.environ), os.getenv("HOME"), os.environ["PATH"], os.environ.get("NOPE", "none"))
print(os.environ.get("LANG"), os.environ.get("TERM"), os.path.expanduser("~/x"), pathlib.Path.home(), os.environ.get("USER"))
os.environ["NEW"] = "1"
os.putenv("HIDDEN", "2")
print(os.popen("echo $NEW $HIDDEN").read(), os.system("exit 3") >> 8)
del os.environ["NEW"]
print("NEW" in os.environ, os.getcwd(), os.getlogin.__name__, sys.platform, os.sep, os.linesep.encode())
os.environ["MISSING"]
