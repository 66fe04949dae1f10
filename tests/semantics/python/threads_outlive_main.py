import threading
import time

go = threading.Event()


def late():
    go.wait()
    print("late thread, main alive:", threading.main_thread().is_alive())


threading.Thread(target=late).start()
threading.Thread(target=lambda: (threading.main_thread().join(), time.sleep(0.05), go.set())).start()
print("main is done")
