import atexit

atexit.register(lambda: print("runs too"))


class Leave:
    def __repr__(self):
        return "leave"

    def __call__(self):
        raise SystemExit(5)


atexit.register(Leave())


print("main")
