def best(items: dict[str, tuple[int, int]], room: int) -> tuple[int, list[str]]:
    table = {0: (0, [])}
    for name, (weight, value) in items.items():
        for used, (worth, chosen) in list(table.items()):
            new = used + weight
            if new <= room and worth + value > table.get(new, (-1, []))[0]:
                table[new] = (worth + value, [*chosen, name])
    return max(table.values())


items = {"map": (9, 150), "compass": (13, 35), "water": (153, 200), "tin": (68, 45), "note": (80, 10)}
worth, chosen = best(items, 200)
print(worth, sorted(chosen))
assert best({}, 5) == (0, [])
