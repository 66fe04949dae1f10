import multiprocessing


def record(shared, lock, number):
    with lock:
        shared["total"] = shared.get("total", 0) + number
        shared["names"] = [*shared.get("names", []), str(number)]


if __name__ == "__main__":
    with multiprocessing.Manager() as manager:
        shared, lock = manager.dict(), manager.Lock()
        processes = [multiprocessing.Process(target=record, args=(shared, lock, n)) for n in range(3)]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        print(shared["total"], sorted(shared["names"]), shared.keys())
