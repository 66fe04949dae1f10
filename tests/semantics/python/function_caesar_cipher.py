from string import ascii_lowercase as letters


def shift(text, by):
    moved = letters[by % 26 :] + letters[: by % 26]
    return text.translate(str.maketrans(letters + letters.upper(), moved + moved.upper()))


secret = shift("Hello, World!", 3)
assert shift(secret, -3) == "Hello, World!"
print(secret, shift("xyz", 29))
