print(1 == 1.0 == True, "1" == 1, [] is [], () is (), None is None, "ab" "cd" is "abcd" or "differs"[:0])
print(sorted([3, "a"][:1]), min([], default="none"), max("b", "a", key=ord), isinstance(True, int), type(1) is int, callable(print))
a = [1, 2]
b = a
b += [3]
t = ([],)
try:
    t[0] += [1]
except TypeError as error:
    print(a, t, error)
print(id(a) == id(b), a is not b[:], {1} == frozenset({1}), (1, 2) == [1, 2], 1 if [] else 2, not 1 == 2)
sorted([3, "a"])
