import faulthandler
import sys
import threading

print(faulthandler.is_enabled())
faulthandler.dump_traceback(all_threads=False)
for number in (1, 2, 3):
    print(f"    row {number}", file=sys.stderr)


def inner():
    faulthandler.dump_traceback(file=sys.stdout, all_threads=False)


sys.stdout.flush()
inner()
print(threading.active_count())
