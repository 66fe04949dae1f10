def digits_of_factorial(number):
    product = 1
    for factor in range(2, number + 1):
        product *= factor
    return str(product)


text = digits_of_factorial(1000)
print(len(text), sum(map(int, text)), text[:20])
print(pow(3, 10**18, 10**9 + 7), (2**521 - 1).bit_count(), -7 // 2, -7 % 3, divmod(-7, -2))
print(int("ff", 16), int.from_bytes(b"\x01\x00", "little"), f"{10**15:,}")
