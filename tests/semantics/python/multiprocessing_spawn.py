import multiprocessing
import sys


def child(queue):
    main = sys.modules["__main__"]
    queue.put((__name__, main.__name__, main.__file__, sys.argv, sys.path[0]))


if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    process = context.Process(target=child, args=(queue,))
    process.start()
    print(queue.get())
    process.join()
    print(process.exitcode)
