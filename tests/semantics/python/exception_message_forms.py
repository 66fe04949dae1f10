class Silent(Exception):
    pass


class Broken(Exception):
    def __str__(self):
        raise RuntimeError("no text")


class Outer:
    class Inner(Exception):
        __module__ = "elsewhere"


import traceback

for error in (Silent(), Broken(), Outer.Inner("deep"), Exception("two\nlines"), KeyError("k"), OSError(13, "denied", "/a", None, "/b"), UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"), StopIteration(3), BaseException(1, 2)):
    traceback.print_exception(error)
raise Outer.Inner("uncaught")
