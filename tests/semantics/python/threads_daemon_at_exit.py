import threading

waiting = threading.Event()


def forever():
    waiting.set()
    threading.Event().wait()


threading.Thread(target=forever, daemon=True).start()
waiting.wait()
print("main ends")
