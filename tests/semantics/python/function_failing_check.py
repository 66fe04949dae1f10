def median(values):
    ordered = sorted(values)
    return ordered[len(ordered) // 2]


def check(candidate):
    assert candidate([3, 1, 2]) == 2
    assert candidate([3, 1, 2, 4]) == 2.5, f"even number of values: {candidate([3, 1, 2, 4])}"


check(median)
