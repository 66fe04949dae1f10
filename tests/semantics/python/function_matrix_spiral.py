def spiral(matrix):
    """List a matrix's numbers from outside to inside, clockwise."""
    path = []
    while matrix:
        path += matrix.pop(0)
        matrix = [list(row) for row in zip(*matrix)][::-1]
    return path


assert spiral([[1, 2, 3], [4, 5, 6], [7, 8, 9]]) == [1, 2, 3, 6, 9, 8, 7, 4, 5]
assert spiral([]) == []
print(*spiral([[1, 2], [3, 4], [5, 6]]), sep=" -> ")
