import queue
import threading

tasks: queue.Queue[int | None] = queue.Queue(maxsize=2)
done = []


def consume():
    while (task := tasks.get()) is not None:
        done.append(task * task)
        tasks.task_done()
    tasks.task_done()


thread = threading.Thread(target=consume)
thread.start()
for number in range(10):
    tasks.put(number)
tasks.put(None)
tasks.join()
thread.join()
print(done)
stack, ordered = queue.LifoQueue(), queue.PriorityQueue()
for number in (3, 1, 2):
    stack.put(number)
    ordered.put((number, str(number)))
print([stack.get() for _ in range(3)], [ordered.get()[1] for _ in range(3)])
try:
    queue.Queue().get_nowait()
except queue.Empty as error:
    print(repr(error))
closing = queue.Queue()
closing.shutdown()
try:
    closing.put(1)
except queue.ShutDown as error:
    print(type(error).__name__)
