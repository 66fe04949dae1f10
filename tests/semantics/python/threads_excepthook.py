import threading


def hook(args):
    print("hook:", args.exc_type.__name__, args.exc_value, args.thread.name)


threading.excepthook = hook
thread = threading.Thread(target=lambda: [][1], name="T")
thread.start()
thread.join()
thread = threading.Thread(target=lambda: exit(3))
thread.start()
thread.join()
print("SystemExit in a thread is silent")
