import warnings


def old():
    warnings.warn("use new()", DeprecationWarning, stacklevel=2)


old()
warnings.warn("plain")
for _ in range(3):
    warnings.warn("shown once")
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    old()
    print([str(w.message) + w.category.__name__ for w in caught], caught[0].filename, caught[0].lineno)
warnings.simplefilter("ignore")
warnings.warn("hidden")
print("\d".count("d"), 1 is 1)
warnings.simplefilter("error")
old()
