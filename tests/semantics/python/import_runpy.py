import pathlib
import runpy
import sys

pathlib.Path("/tmp/part.py").write_text("import sys\nresult = (__name__, sys.argv[0], sys.modules[__name__].__name__)\n")
print(runpy.run_path("/tmp/part.py")["result"])
print(runpy.run_path("/tmp/part.py", init_globals={"x": 1}, run_name="other")["result"])
again = runpy.run_path(__file__, run_name="not main") if __name__ == "__main__" else {}
print(__name__, again.get("__name__"), sys.argv)
sys.argv = ["timeit", "-n1", "-r1", "-q", "pass"]
try:
    runpy.run_module("no.such", run_name="__main__")
except ImportError as error:
    print(error)
