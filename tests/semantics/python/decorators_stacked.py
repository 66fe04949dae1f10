import functools
import time


def traced(prefix):
    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            print(prefix, function.__name__, args, kwargs)
            return function(*args, **kwargs)

        return wrapper

    return decorate


@traced("outer")
@functools.lru_cache(maxsize=2)
@traced("inner")
def add(a, b=1, /, *rest, scale=1):
    """Add."""
    return (a + b + sum(rest)) * scale


print(add(1), add(1), add(1, 2, 3, scale=2), add.__doc__, add.__wrapped__.cache_info())


@functools.singledispatch
def show(value):
    return f"object {value}"


@show.register
def _(value: int | bool):
    return f"whole {value}"


@show.register(list)
def _(value):
    return [show(item) for item in value]


print(show([1, True, "x"]), functools.reduce(lambda a, b: a * b, range(1, 6)), time.__name__)
add()
