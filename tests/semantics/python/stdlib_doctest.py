"""A module with examples.

>>> double(2)
4
>>> double("ab")
'abab'
>>> double(None)
Traceback (most recent call last):
    ...
TypeError: unsupported operand type(s) for *: 'NoneType' and 'int'
>>> double(3)
7
"""
import doctest


def double(value):
    """
    >>> double([1])
    [1, 1]
    """
    return value * 2


print(doctest.testmod())
