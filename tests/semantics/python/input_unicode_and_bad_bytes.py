# stdin: "naïve 🎉 \u00a0Z\u2028Y\n"
import sys

text = sys.stdin.readline()
print(len(text), ascii(text), text.splitlines())
print(sys.stdin.encoding, sys.stdin.errors, sys.stdout.encoding, sys.stdout.errors, sys.stderr.errors)
