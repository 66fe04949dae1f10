SIGNS = {1000: "M", 900: "CM", 500: "D", 400: "CD", 100: "C", 90: "XC"}
SIGNS |= {50: "L", 40: "XL", 10: "X", 9: "IX", 5: "V", 4: "IV", 1: "I"}


def roman(number: int) -> str:
    text = ""
    for value, sign in SIGNS.items():
        count, number = divmod(number, value)
        text += sign * count
    return text


def arabic(text: str) -> int:
    values = {sign: value for value, sign in SIGNS.items() if len(sign) == 1}
    numbers = [values[sign] for sign in text]
    return sum(-a if a < b else a for a, b in zip(numbers, numbers[1:] + [0]))


assert all(arabic(roman(number)) == number for number in range(1, 4000))
print(roman(1994), arabic("MMXXVI"))
