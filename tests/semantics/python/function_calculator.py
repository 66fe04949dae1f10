import operator
import re

OPERATORS = {"+": (1, operator.add), "-": (1, operator.sub), "*": (2, operator.mul), "/": (2, operator.truediv)}


def calculate(text):
    tokens = re.findall(r"\d+\.?\d*|[-+*/()]", text)
    values, waiting = [], []

    def apply():
        right, left = values.pop(), values.pop()
        values.append(OPERATORS[waiting.pop()][1](left, right))

    for token in tokens:
        if token in OPERATORS:
            while waiting and waiting[-1] != "(" and OPERATORS[waiting[-1]][0] >= OPERATORS[token][0]:
                apply()
            waiting.append(token)
        elif token == "(":
            waiting.append(token)
        elif token == ")":
            while waiting[-1] != "(":
                apply()
            waiting.pop()
        else:
            values.append(float(token))
    while waiting:
        apply()
    return values.pop()


assert calculate("2 + 3 * (4 - 1) / 2") == 6.5
print(calculate("8 / 4 / 2 - 1"))
print(calculate("1 / 0"))
