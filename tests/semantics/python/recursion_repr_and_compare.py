items = [1]
items.append(items)
print(items)
mapping = {}
mapping["self"] = mapping
print(mapping)
try:
    items == [1, items]
    print([items] == [[1, items]])
except RecursionError as error:
    print(type(error).__name__, error)
