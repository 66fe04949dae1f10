# stdin: "real\n"
import contextlib
import io
import sys

sys.stdin = io.StringIO("fake 1\nfake 2\n")
output = io.StringIO()
with contextlib.redirect_stdout(output):
    value = input("prompt: ")
print(value, repr(output.getvalue()), sys.stdin.read(), sys.__stdin__.read())
