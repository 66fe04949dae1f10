def groups(text: str) -> list[str]:
    """Split a text of nested parentheses into its outer groups."""
    found, depth, current = [], 0, []
    for character in text:
        if character in "()":
            depth += 1 if character == "(" else -1
            current.append(character)
            if depth == 0:
                found.append("".join(current))
                current = []
    return found


def check(candidate):
    assert candidate("(()()) ((())) ()") == ["(()())", "((()))", "()"]
    assert candidate("") == []
    assert candidate("( ( ) )") == ["(())"]


check(groups)
print(groups("(()) ()"))
