from itertools import groupby
import re


def encode(text):
    return "".join(f"{len(list(run))}{sign}" for sign, run in groupby(text))


def decode(text):
    return re.sub(r"(\d+)(\D)", lambda match: int(match[1]) * match[2], text)


for sample in ["wwwb", "", "a", "zzzzzzzzzzzz!"]:
    assert decode(encode(sample)) == sample
print(encode("aaabccd"), decode("3x2y"))
