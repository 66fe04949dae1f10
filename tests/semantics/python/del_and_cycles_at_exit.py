import gc


class Noisy:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        print("del", self.name)


a, b = Noisy("a"), Noisy("b")
a.other, b.other = b, a
del a, b
print(gc.collect() > 0)
kept = Noisy("kept")
kept.me = kept
container = [Noisy("in a list")]
print("end")
