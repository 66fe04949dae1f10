import threading

condition = threading.Condition()
turns, current = [], 0


def player(me, rounds):
    global current
    for _ in range(rounds):
        with condition:
            condition.wait_for(lambda: current == me)
            turns.append(me)
            current = (current + 1) % 3
            condition.notify_all()


players = [threading.Thread(target=player, args=(me, 4)) for me in range(3)]
for thread in players:
    thread.start()
for thread in players:
    thread.join()
print(turns)
lock = threading.RLock()
with lock, lock:
    print("re-entered")
try:
    threading.Lock().release()
except RuntimeError as error:
    print(error)
