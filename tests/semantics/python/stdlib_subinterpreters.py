import _interpreters

interpreter = _interpreters.create()
_interpreters.run_string(interpreter, "import sys, os; os.write(1, repr((sys.argv, __name__, 'script' in sys.modules)).encode() + b'\\n')")
error = _interpreters.run_string(interpreter, "raise ValueError('inside')")
print(error.type.__name__, error.msg)
_interpreters.destroy(interpreter)
