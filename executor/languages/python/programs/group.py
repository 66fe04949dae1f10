raise ExceptionGroup("two", [ValueError("a"), KeyError("b")])
