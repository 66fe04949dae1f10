# stdin: "never read\n"
import sys

sys.stdin.close()
try:
    input()
except ValueError as error:
    print(error)
sys.stdin = None
try:
    input()
except RuntimeError as error:
    print(error)
