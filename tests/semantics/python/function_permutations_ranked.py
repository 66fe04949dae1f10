from itertools import permutations
from math import factorial


def rank(order):
    values = sorted(order)
    total = 0
    for value in order:
        total += values.index(value) * factorial(len(values) - 1)
        values.remove(value)
    return total


assert [rank(order) for order in permutations("abcd")] == list(range(24))
print(rank("dcba"), ["".join(order) for order in permutations("abc", 2)])
