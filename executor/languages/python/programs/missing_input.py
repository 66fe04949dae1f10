a = int(input("A: "))
b = int(input("B: "))
print(a + b)
