import traceback


def collect():
    errors = []
    for text in ("1", "x", None):
        try:
            int(text)
        except (ValueError, TypeError) as error:
            errors.append(error)
    return errors


try:
    raise ExceptionGroup("several", [*collect(), ExceptionGroup("nested", [OSError(2, "gone", "file.txt")])])
except* ValueError as group:
    print(group.exceptions)
except* TypeError as group:
    print(repr(group), group.split(TypeError)[1])
except* OSError as group:
    traceback.print_exception(group)
group = BaseExceptionGroup("base", [KeyboardInterrupt(), ValueError("v")])
print(type(group.subgroup(ValueError)).__name__, group.derive([ValueError()]))
raise ExceptionGroup("uncaught", [ValueError(str(n)) for n in range(20)])
