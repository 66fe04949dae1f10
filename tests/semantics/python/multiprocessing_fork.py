import multiprocessing
import os


def child(connection, parent):
    connection.send((os.getppid() == parent, __name__, [n * n for n in range(5)]))
    connection.close()


if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    process = context.Process(target=child, args=(theirs, os.getpid()), name="worker")
    process.start()
    print(ours.recv(), process.name)
    process.join()
    print(process.exitcode, process.is_alive())
