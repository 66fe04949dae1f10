for text in ("12", " 7 ", "1_000", "0x1f", "１２", "1e3", "", "nan", "٣", "1.5"):
    for convert in (int, float, complex):
        try:
            print(f"{text!r:9} {convert.__name__:8} {convert(text)!r}")
        except ValueError as error:
            print(f"{text!r:9} {convert.__name__:8} {error}")
print(int("z", 36), int("0b11", 0), oct(8), bin(-5), chr(0x1F40D), ord("é"), round(0.5), 10 / 4, 7 // 2, -7 // 2)
int(float("inf"))
