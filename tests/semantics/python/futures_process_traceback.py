from concurrent.futures import ProcessPoolExecutor


def divide(number):
    return 1 / number


if __name__ == "__main__":
    with ProcessPoolExecutor(1) as executor:
        executor.submit(divide, 0).result()
