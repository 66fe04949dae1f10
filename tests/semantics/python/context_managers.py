import contextlib


@contextlib.contextmanager
def managed(name):
    print("enter", name)
    try:
        yield name
    except KeyError as error:
        print("swallowed", error)
    finally:
        print("exit", name)


with managed("a") as a, managed("b"):
    raise KeyError(a)
with contextlib.ExitStack() as stack:
    stack.callback(print, "callback")
    stack.enter_context(managed("c"))
    stack.enter_context(contextlib.suppress(ZeroDivisionError))
    1 / 0


class Failing:
    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        print(kind.__name__, traceback.tb_lineno)
        raise RuntimeError("exit fails too")


with Failing(), contextlib.closing(open("/dev/null")):
    raise ValueError("body")
