from functools import cache


def distance(left: str, right: str) -> int:
    @cache
    def between(i: int, j: int) -> int:
        if not i or not j:
            return i + j
        same = left[i - 1] == right[j - 1]
        return min(between(i - 1, j) + 1, between(i, j - 1) + 1, between(i - 1, j - 1) + (not same))

    result = between(len(left), len(right))
    print(between.cache_info().currsize)
    return result


for left, right, expected in [("kitten", "sitting", 3), ("", "abc", 3), ("flaw", "lawn", 2)]:
    assert distance(left, right) == expected, (left, right)
