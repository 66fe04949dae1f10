# stdin: "3\n"
first = int(input("A: "))
second = int(input("B: "))
print(first + second)
