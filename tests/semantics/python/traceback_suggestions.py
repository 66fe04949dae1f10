import collections
import traceback


class Thing:
    colour = 1

    def show(self):
        return colour


for code in ("collections.Counterr", "prnt(1)", "Thing().color", "Thing().show()", "from collections import dequee", "import collection", "sys.argv", "int('x', bas=3)"):
    try:
        exec(code)
    except Exception as error:
        traceback.print_exception(error, limit=0)
Thing().show()
