import inspect
import sys


def where():
    frame = inspect.currentframe()
    outer = inspect.getouterframes(frame)
    print([(f.filename, f.lineno, f.function, f.code_context) for f in outer])
    return frame.f_back


def caller(argument):
    return where()


frame = caller("value")
print(frame.f_code.co_name, frame.f_locals, frame.f_back.f_code.co_name, frame.f_back.f_back)
print(inspect.getsource(caller), inspect.getsourcelines(where)[1], inspect.getfile(caller), inspect.getmodule(caller).__name__)
print(inspect.signature(caller), inspect.getdoc(inspect.signature)[:26])
depth, frame = 0, sys._getframe()
while frame:
    depth, frame = depth + 1, frame.f_back
print(depth)
try:
    sys._getframe(1)
except ValueError as error:
    print(error)
