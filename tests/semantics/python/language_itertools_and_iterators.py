import collections
import itertools
import operator


class Countdown:
    def __init__(self, start):
        self.start = start

    def __iter__(self):
        return iter(range(self.start, 0, -1))

    def __len__(self):
        return self.start

    def __reversed__(self):
        return iter(range(1, self.start + 1))


down = Countdown(3)
print(list(down), list(reversed(down)), max(down), 2 in down, dict(enumerate(down, 1)))
print(list(itertools.batched("abcdefg", 3)), list(itertools.pairwise([1, 2, 4])), list(itertools.accumulate([1, 2, 3], operator.mul)))
print(list(itertools.islice(itertools.cycle("ab"), 5)), ["".join(p) for p in itertools.product("ab", repeat=2)], list(itertools.zip_longest("a", "bc", fillvalue="-")))
print(list(iter(iter([1, 2, 0, 3]).__next__, 0)), collections.Counter("banana").most_common(2), collections.ChainMap({"a": 1}, {"b": 2})["b"])
print(list(zip([1, 2], "abc")), sum([[1], [2]], []), next(iter([]), "default"), [*map(pow, [2, 3], [3, 2])], list(filter(None, [0, 1, ""])))
list(zip([1, 2], "abc", strict=True))
