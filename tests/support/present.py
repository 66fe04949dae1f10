"""Values that may be missing by their type, and may not be missing in a test."""

from typing import TypeVar

Value = TypeVar("Value")


def present(value: Value | None) -> Value:
    """Return the value; fail the test where there is none."""
    assert value is not None, "there is no value"
    return value
