import atexit

atexit.register(print, "at exit")
try:
    quit(4)
finally:
    print("finally", quit, exit)
