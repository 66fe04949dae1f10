import gc
import sys


class Raises:
    def __repr__(self):
        return "<a finalizer>"

    def __call__(self):
        raise ValueError("in __del__")


class Bad:
    __del__ = Raises()


Bad()
gc.collect()
sys.unraisablehook = lambda info: print("hook:", repr(info.exc_value), info.err_msg)
Bad()
print("on")
