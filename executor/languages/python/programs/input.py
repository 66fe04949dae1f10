import sys

print(sys.argv[1:], sum(int(line) for line in sys.stdin))
