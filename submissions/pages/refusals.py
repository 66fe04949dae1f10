"""Refusals as sentences."""

from typing import Any


def sentences(problems: dict[str, Any]) -> list[str]:
    """{"detail": …, "code": …} or {"field": [reasons]} for a person."""
    if "detail" in problems:
        return [str(problems["detail"])]
    return [
        f"{field}: {reason}"
        for field, reasons in problems.items()
        for reason in (reasons if isinstance(reasons, list) else [reasons])
    ]
