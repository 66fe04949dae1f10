from collections import defaultdict


def by_length(text: str) -> dict[int, list[str]]:
    groups = defaultdict(list)
    for word in text.split():
        groups[len(word)].append(word.lower())
    return {size: sorted(set(words)) for size, words in sorted(groups.items())}


print(by_length("The quick brown fox jumps over the lazy dog"))
assert by_length("") == {}
