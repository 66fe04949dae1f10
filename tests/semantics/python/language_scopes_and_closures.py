makers = [lambda: i for i in range(3)]
print([make() for make in makers], [make(i=9) for make in [lambda i=i: i for i in range(3)]])
x = "global"


def outer():
    x = "outer"

    def inner():
        nonlocal x
        x = "inner"
        return [x for _ in range(1)] + [(lambda: x)()]

    class Body:
        y = x
        x = "class"
        z = [x for _ in range(1)]

    return inner(), x, Body.x, Body.y, Body.z


print(outer())
print([y := 3, y**2], any((hit := n) > 3 for n in range(9)), hit, globals()["x"], "y" in locals())


def late():
    print(x)
    x = 1


try:
    late()
except UnboundLocalError as error:
    print(error)


def default(item, items=[]):
    items.append(item)
    return items


default(1)
print(default(2), default.__defaults__, default.__code__.co_varnames, outer.__code__.co_cellvars)
del x
print(x)
