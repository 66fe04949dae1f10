"""Verify the audit's chain in a test."""

import io

from django.core.management import CommandError, call_command


def broken() -> str:
    """Run audit_verify; return its error, empty if the chain is valid."""
    try:
        call_command("audit_verify", stdout=io.StringIO())
    except CommandError as error:
        return str(error)
    return ""
