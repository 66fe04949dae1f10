x = "a" * 1_000_000_000
print(len(x))
