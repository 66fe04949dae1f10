"""Lexers that find each token of a program in little time, whatever the program is.

While a lexer looks for one token, no other thread of the process runs.
"""

from typing import Any, ClassVar

from pygments.lexer import Lexer, default, include
from pygments.lexers import get_lexer_by_name
from pygments.lexers.c_cpp import CLexer, CppLexer

# The rules of Pygments that find a function's name try each way to divide the white space before and
# after it: 1,200 characters took 2.6 s of 2.21's time, and twice as many eight times that. Without them
# such names have no colour of their own.
ROOT = [include("whitespace"), include("keywords"), include("types"), default("statement")]


class _C(CLexer):
    tokens: ClassVar[dict[str, Any]] = {"root": ROOT}


class _Cpp(CppLexer):
    tokens: ClassVar[dict[str, Any]] = {"root": ROOT}


OWN: dict[str, type[Lexer]] = {"c": _C, "cpp": _Cpp}


def lexer_of(name: str) -> Lexer:
    """Return the lexer of this name, which keeps every character of a text."""
    options = {"stripnl": False, "ensurenl": False}
    made: Lexer = OWN[name](**options) if name in OWN else get_lexer_by_name(name, **options)
    return made
