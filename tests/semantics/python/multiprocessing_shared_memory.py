from multiprocessing import Process, resource_tracker, shared_memory
from multiprocessing.managers import SharedMemoryManager


def fill(name):
    block = shared_memory.SharedMemory(name=name)
    block.buf[:4] = b"done"
    block.close()


if __name__ == "__main__":
    block = shared_memory.SharedMemory(create=True, size=64)
    process = Process(target=fill, args=(block.name,))
    process.start()
    process.join()
    print(bytes(block.buf[:6]), block.size, process.exitcode)
    block.close()
    block.unlink()
    with SharedMemoryManager() as manager:
        items = manager.ShareableList(["a", 1, 2.5, None])
        items[1] = 7
        print(list(items))
    print(resource_tracker.__name__)
