import threading


class Counter(threading.local):
    def __init__(self):
        self.value = 10


counter = Counter()
counter.value += 1
seen = []
thread = threading.Thread(target=lambda: seen.append(counter.value))
thread.start()
thread.join()
print(counter.value, seen)
