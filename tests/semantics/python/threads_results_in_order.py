import threading

results = {}


def work(number):
    results[number] = sum(range(number * 1000))


threads = [threading.Thread(target=work, args=(n,), name=f"worker-{n}") for n in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(sorted(results.items()))
print(threading.current_thread().name, threading.main_thread() is threading.current_thread())
print([thread.is_alive() for thread in threads], threading.active_count(), threading.enumerate()[0].name)
