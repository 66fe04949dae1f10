# stdin: "3 4\n1 2 3 4\n5 6 7 8\n9 10 11 12\nend\n"
rows, columns = map(int, input().split())
matrix = [list(map(int, input().split())) for _ in range(rows)]
assert all(len(row) == columns for row in matrix)
print(*[sum(column) for column in zip(*matrix)])
print(repr(input()))
