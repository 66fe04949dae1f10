import sys
import traceback


def fail(value):
    return [value][value]


try:
    fail(3)
except IndexError as error:
    traceback.print_exc()
    print(traceback.format_exc(limit=1))
    print("".join(traceback.format_exception_only(error)), traceback.extract_tb(error.__traceback__)[-1])
    summary = traceback.TracebackException.from_exception(error, capture_locals=True, limit=-1)
    print("".join(summary.format()))
    print(sys.exc_info()[0], sys.exception() is error)
traceback.print_stack(file=sys.stdout)
print(traceback.format_stack())
print(traceback.StackSummary.extract(traceback.walk_stack(None)))
