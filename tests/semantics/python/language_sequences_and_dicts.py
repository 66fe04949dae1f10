a = list(range(10))
a[2:5] = "xy"
del a[::3]
print(a, a[-3:], a[::-1], a[100:], [*a, *"ab"], a.index(5), [[]] * 2, sorted("bAc", key=str.lower), [1, 2] < [1, 3])
first, *middle, last = "abcd"
(b, c), d = (1, 2), 3
print(first, middle, last, b, c, d, {**{"k": 1}, "k": 2}, {1: "a", True: "b", 1.0: "c"}, dict(zip("ab", [1, 2])) | {"b": 3})
e = {"z": 1, "a": 2}
e["m"] = e.pop("z")
print(e, list(e.items()), e.setdefault("q", []), dict.fromkeys("ab", 0), sorted({3, 1, 2} ^ {3, 4}), frozenset([1]) <= {1, 2})
print("a,b,,c".split(","), " x y ".split(), "x".join("abc"), "abc".partition("b"), "ß".upper(), "İ".lower().encode(), "tItle".title(), "%5.1f|%-4s|%+d" % (2.25, "a", 3))
print("abc" * 0 or "empty", not [], 1 < 2 < 3 != 2, 0 or None, [] and 1, b"ab"[0], b"a" + bytes([98]), "é".encode("latin-1"), bytes.fromhex("00 ff"))
try:
    for key in e:
        e[key + "!"] = 1
except RuntimeError as error:
    print(error)
e["nope"]
