import contextlib
import io
import sys

print(type(sys.stdout).__name__, sys.stdout.errors, sys.stdout.encoding, sys.stdout.fileno())
sys.stdout.reconfigure(encoding="ascii", errors="namereplace")
print("é ☃")
sys.stdout = io.TextIOWrapper(open(1, "wb", closefd=False), encoding="latin-1", line_buffering=True)
print("plain ascii here")
with contextlib.redirect_stderr(sys.stdout):
    print("redirected", file=sys.stderr)
sys.stdout = None
print("swallowed")
sys.stdout = sys.__stdout__
print("\xe9")
