"""What the pages of an account show of the access to it."""

from django import template

from ..audit.accounts.access import access_of

register = template.Library()
register.filter("access_of", access_of)
