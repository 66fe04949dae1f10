class Custom(Exception):
    def __init__(self, code, text):
        super().__init__(code, text)
        self.code = code

    def __str__(self):
        return f"code {self.code}"


def load():
    try:
        open("/nowhere")
    except OSError as error:
        error.add_note("first note\nof two lines")
        raise Custom(7, "t") from error


try:
    load()
except Custom as error:
    print(repr(error), error.args, repr(error.__cause__), error.__cause__.__notes__, error.__suppress_context__)
try:
    try:
        1 / 0
    except ZeroDivisionError:
        raise KeyError("during") from None
except KeyError as error:
    print(error.__cause__, repr(error.__context__))
try:
    load()
except Custom as error:
    error.add_note("noted at the end")
    raise
