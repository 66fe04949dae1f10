from concurrent.futures import CancelledError, ThreadPoolExecutor, as_completed, wait


def half(number):
    if number % 2:
        raise ValueError(f"{number} is odd")
    return number // 2


with ThreadPoolExecutor(max_workers=3, thread_name_prefix="half") as executor:
    futures = {executor.submit(half, number): number for number in range(5)}
    outcomes = {futures[f]: f.exception() or f.result() for f in as_completed(futures)}
    print(sorted(outcomes.items()))
    print(list(executor.map(half, [2, 4, 6])))
    done, waiting = wait([executor.submit(half, 8)])
    print(len(done), len(waiting))
executor = ThreadPoolExecutor(1)
executor.shutdown()
try:
    executor.submit(half, 1)
except RuntimeError as error:
    print(error, issubclass(CancelledError, Exception))
