def queens(size, columns=()):
    row = len(columns)
    if row == size:
        yield columns
        return
    for column in range(size):
        if all(column != c and row - r != abs(column - c) for r, c in enumerate(columns)):
            yield from queens(size, (*columns, column))


print([sum(1 for _ in queens(size)) for size in range(1, 8)])
for column in next(queens(6)):
    print("." * column + "Q" + "." * (5 - column))
