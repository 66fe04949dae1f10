import sys

for number in range(900):
    print(f"{number:05} " + "." * 60)
sys.stderr.write("e" * 60_000)
