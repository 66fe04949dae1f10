# args: ["one", "two"]
import multiprocessing
import sys


def square(number):
    return number * number, sys.argv[1:]


if __name__ == "__main__":
    multiprocessing.set_start_method("forkserver")
    print(multiprocessing.get_start_method(), multiprocessing.get_all_start_methods())
    with multiprocessing.Pool(2) as pool:
        print(pool.map(square, [1, 2, 3]))
