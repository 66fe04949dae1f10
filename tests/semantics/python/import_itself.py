import sys

print("loaded as", __name__)
if __name__ == "__main__":
    import script

    print(script is sys.modules["__main__"], script.__name__, script.__file__, script.__spec__.origin)
    import __main__

    print(__main__ is sys.modules["__main__"], __main__.__spec__, __main__.__builtins__.__name__)
