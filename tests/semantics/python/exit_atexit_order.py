import atexit
import sys
import threading
import weakref


class Thing:
    def __del__(self):
        print("del", self.__class__.__name__, sys.is_finalizing())


thing = Thing()
weakref.finalize(thing, print, "finalize")
atexit.register(print, "registered first")


@atexit.register
def last():
    print("registered last", threading.main_thread().is_alive())


class Fail:
    def __repr__(self):
        return "fail"

    def __call__(self):
        raise ValueError("in atexit")


atexit.register(Fail())
print("main ends")
