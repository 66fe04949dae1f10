from multiprocessing import Pool, current_process, parent_process


def work(number):
    return number, parent_process() is not None, current_process().daemon


def fail(number):
    return 10 // number


if __name__ == "__main__":
    with Pool(3) as pool:
        print(pool.map(work, range(4)))
        print(sorted(pool.imap_unordered(abs, [-3, 1, -2])))
        print(pool.starmap(pow, [(2, 3), (3, 2)]), pool.apply(len, ("four",)))
        result = pool.apply_async(fail, (0,))
        try:
            result.get()
        except ZeroDivisionError as error:
            print(error, type(error.__cause__).__name__)
