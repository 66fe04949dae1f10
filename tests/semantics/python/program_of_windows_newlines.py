print("one")
if True:
    text = """two
three"""
    print(repr(text))
