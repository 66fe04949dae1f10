import sys

main = sys.modules["__main__"]
print(sorted(name for name in vars(main)))
print(__name__, __package__, __doc__, __spec__, __file__, __cached__, type(__loader__).__name__)
print(__loader__.name, __loader__.path, type(__builtins__).__name__, sys.path[0])
print(__annotations__ if "__annotations__" in globals() else "none")
