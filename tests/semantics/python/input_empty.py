import sys

print(repr(sys.stdin.read()), sys.stdin.closed)
try:
    input("? ")
except EOFError as error:
    print(repr(error))
print(list(sys.stdin))
