import sys
import traceback

print(sys.excepthook is sys.__excepthook__, sys.displayhook is sys.__displayhook__, sys.breakpointhook is sys.__breakpointhook__)


def hook(kind, error, trace):
    print("hook", kind.__name__, error, len(traceback.extract_tb(trace)))
    sys.__excepthook__(kind, error, trace)


sys.excepthook = hook
raise ValueError("shown by the hook")
