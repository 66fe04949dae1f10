import threading

barrier = threading.Barrier(3, action=lambda: print("all here"))
started, stop = threading.Event(), threading.Event()
indices = []


def meet():
    indices.append(barrier.wait())


threads = [threading.Thread(target=meet) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(sorted(indices), barrier.broken)
timer = threading.Timer(0, stop.set)
timer.start()
print(stop.wait(30), started.wait(0))
