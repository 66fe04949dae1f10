def a():
    raise ValueError("a")


def b():
    try:
        a()
    finally:
        {}["b"]


def c():
    try:
        b()
    except KeyError:
        open("/c")


c()
