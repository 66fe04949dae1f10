import pathlib
import sys

pathlib.Path("/tmp/helper.py").write_text("def run(callback):\n    return callback()\n\n\nvalue = run(lambda: {}['key'])\n")
sys.path.append("/tmp")
try:
    import helper
except KeyError as error:
    print("first", error, "helper" in sys.modules)
from helper import value
