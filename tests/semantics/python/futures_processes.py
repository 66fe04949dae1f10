import os
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool


def cube(number):
    return number**3


def fail(_):
    raise KeyError("remote")


def die():
    os._exit(7)


if __name__ == "__main__":
    with ProcessPoolExecutor(2) as executor:
        print(list(executor.map(cube, range(5), chunksize=2)))
        error = executor.submit(fail, 1).exception()
        print(repr(error), "in fail" in str(error.__cause__))
        try:
            executor.submit(die).result()
        except BrokenProcessPool as error:
            print(type(error).__name__)
