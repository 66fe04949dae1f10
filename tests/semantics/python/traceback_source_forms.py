# -*- coding: utf-8 -*-
"""A module's text with characters of several widths, tabs and long expressions."""


def ναι(größe):
	return größe["🎉 ключ"]["missing"]


def wide(**values):
    return (
        values["first"]
        + values["second"].attribute.that_is_not_there(
            values,
        )
    )


try:
    wide(first=1, second=2)
except AttributeError:
    import traceback

    traceback.print_exc()
ναι({"🎉 ключ": {}})
