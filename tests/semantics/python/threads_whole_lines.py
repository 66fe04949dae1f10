import threading

lock = threading.Lock()


def write(number):
    for line in range(50):
        with lock:
            print("thread", number, "line", line)


threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
for thread in threads:
    thread.start()
    thread.join()
