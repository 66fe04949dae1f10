def table(rows):
    widths = [max(len(str(cell)) for cell in column) for column in zip(*rows)]
    for row in rows:
        print(" | ".join(f"{cell!s:>{width}}" for cell, width in zip(row, widths)))


table([("name", "π", "city"), ("Ann", 3.14159, "Łódź"), ("Bob", -1e-7, "東京")])
print(f"{'left':<8}|{'mid':^9}|{255:#06x}|{1234567.891:,.2f}|{0.256:.1%}|{True!r:>6}")
