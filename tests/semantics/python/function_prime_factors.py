def factors(number: int) -> list[int]:
    found, divisor = [], 2
    while divisor * divisor <= number:
        while number % divisor == 0:
            found.append(divisor)
            number //= divisor
        divisor += 1
    return found + [number] * (number > 1)


def check(candidate):
    assert candidate(2**10 * 3**2) == [2] * 10 + [3, 3]
    assert candidate(600851475143) == [71, 839, 1471, 6857]
    assert candidate(1) == []


check(factors)
print(factors(2026), factors(97))
