import atexit

atexit.register(print, "never")
atexit._clear()
raise ValueError("still shown")
