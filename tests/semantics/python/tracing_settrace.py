import sys
import threading

events = []


def trace(frame, event, argument):
    events.append((event, frame.f_code.co_name, frame.f_lineno))
    return trace


def traced(n):
    total = 0
    for i in range(n):
        total += i
    return total


print(sys.gettrace(), sys.getprofile(), threading.gettrace())
sys.settrace(trace)
traced(2)
try:
    traced("x")
except TypeError:
    pass
sys.settrace(None)
print(*events, sep="\n")
