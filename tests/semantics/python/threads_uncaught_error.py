import threading


def fail():
    raise LookupError("in the thread")


thread = threading.Thread(target=fail, name="failing")
thread.start()
thread.join()
print("the program continues")
