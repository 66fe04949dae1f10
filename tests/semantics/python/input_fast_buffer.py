# stdin: "17 4 23 42 16 15 8\n"
# repeat: 4000
import os
import sys

first = os.read(0, 10)
rest = sys.stdin.buffer.read()
numbers = (first + rest).split()
print(first, len(numbers), sum(map(int, numbers)))
