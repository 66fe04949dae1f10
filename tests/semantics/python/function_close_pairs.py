from itertools import combinations


def has_close_pair(numbers: list[float], gap: float) -> bool:
    """Tell whether two of the numbers are closer than the gap.

    >>> has_close_pair([1.0, 2.0, 3.9], 0.5)
    False
    """
    return any(abs(a - b) < gap for a, b in combinations(numbers, 2))


def check(candidate):
    assert candidate([1.0, 2.0, 3.9, 4.0], 0.3) is True
    assert candidate([1.0, 2.0, 3.9], 0.3) is False
    assert candidate([], 1.0) is False
    assert candidate([5.0, 5.0], 0.0) is False


check(has_close_pair)
print("passed")
