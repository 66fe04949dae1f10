"""Forms of the pages."""

from typing import Any

from django import forms
from django.conf import settings


class TokenForm(forms.Form):
    """A new API token."""

    name = forms.CharField(max_length=60, label="Name, for example “laptop”")
    days = forms.IntegerField(
        min_value=1,
        max_value=settings.TOKEN_DAYS,
        initial=settings.TOKEN_DAYS,
        label="Expires after (days)",
    )


def _lifetimes() -> list[tuple[int, str]]:
    """Return the lifetimes of a share link that a user may choose, the longest first."""
    longest = settings.SHARE_DAYS
    days = [longest, *(fewer for fewer in (30, 7, 1) if fewer < longest)]
    return [(one, f"{one} day{'' if one == 1 else 's'}") for one in days]


class ShareForm(forms.Form):
    """A new share link."""

    days = forms.TypedChoiceField(
        choices=_lifetimes, coerce=int, required=False, empty_value=None, label="Expires after"
    )
    named = forms.BooleanField(required=False, label="Show my user name")

    def clean_days(self) -> int:
        days: int | None = self.cleaned_data["days"]
        return settings.SHARE_DAYS if days is None else days


class DeletionForm(forms.Form):
    """The confirmation before an account is deleted."""

    name = forms.CharField(label="Type your user name to confirm", max_length=150)

    def __init__(self, *args: Any, username: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._username = username

    def clean_name(self) -> str:
        if self.cleaned_data["name"] != self._username:
            raise forms.ValidationError("That is not your user name.")
        return self._username
