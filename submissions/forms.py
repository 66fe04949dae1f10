"""Forms of the pages."""

from django import forms
from django.conf import settings


class TokenForm(forms.Form):
    """A new API token."""

    name = forms.CharField(max_length=60, label="What is it for?")
    days = forms.IntegerField(
        min_value=1, max_value=settings.TOKEN_DAYS, initial=settings.TOKEN_DAYS, label="Valid, days"
    )
