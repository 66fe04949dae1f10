# stdin: "line 1\nline 2\n"
with open("/dev/stdin") as file:
    print(file.readline().rstrip())
    print(file.read().rstrip())
with open("/proc/self/fd/0", "rb") as again:
    print(again.read())
