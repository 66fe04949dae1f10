from collections import deque


def averages(values, width):
    window = deque(maxlen=width)
    for value in values:
        window.append(value)
        if len(window) == width:
            yield sum(window) / width


print([round(average, 3) for average in averages([1, 2, 4, 8, 16, 32], 3)])
print(list(averages([], 2)), list(averages([5], 1)))
