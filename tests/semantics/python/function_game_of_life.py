from collections import Counter


def step(cells):
    counts = Counter((x + i, y + j) for x, y in cells for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j)
    return {cell for cell, count in counts.items() if count == 3 or (count == 2 and cell in cells)}


cells = {(1, 0), (2, 1), (0, 2), (1, 2), (2, 2)}
for _ in range(4):
    cells = step(cells)
assert cells == {(2, 1), (3, 2), (1, 3), (2, 3), (3, 3)}
for y in range(4):
    print("".join("#" if (x, y) in cells else "." for x in range(5)))
