import multiprocessing


def work(total, numbers, ready, semaphore):
    with semaphore, total.get_lock():
        total.value += sum(numbers)
        numbers[0] = -1
    ready.set()


if __name__ == "__main__":
    total, numbers = multiprocessing.Value("i", 5), multiprocessing.Array("i", [1, 2, 3])
    ready, semaphore = multiprocessing.Event(), multiprocessing.BoundedSemaphore(1)
    process = multiprocessing.Process(target=work, args=(total, numbers, ready, semaphore))
    process.start()
    print(ready.wait(60))
    process.join()
    print(total.value, numbers[:], multiprocessing.cpu_count())
