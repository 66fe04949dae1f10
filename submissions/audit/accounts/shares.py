"""Make and revoke share links. Each act is an entry of the audit's chain, in the same transaction.

An entry names the account, the run and the end of the link, and the beginning of its key, which tells
apart two links to the same run. Neither opens the link. A link that expires has no further entry.
"""

from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from ...lifecycle.errors import NotFinished, TooManyLinks
from ...lifecycle.models import Status, Submission
from ...sharing.links import new_key
from ...sharing.models import ShareLink
from ..chain import append
from ..models import Action

VERSION = 1
LINKS_PER_USER = 50
"""Links that open at the same time: a class's programs, but no public archive."""
KEY_SHOWN = 8
"""Characters of a key in an entry; the other fourteen stay out of the chain."""


def share(user: User, submission: Submission, *, days: int, named: bool) -> ShareLink:
    """Make a link to the user's own run. Raises NotFinished and TooManyLinks."""
    if submission.status != Status.FINISHED:
        raise NotFinished("Wait until the run has finished.")
    with transaction.atomic():
        # The lock keeps parallel requests within the limit, and out of an account that is being deleted.
        get_user_model().objects.select_for_update().get(pk=user.pk, is_active=True)
        own = ShareLink.objects.filter(user=user)
        own.filter(expires__lte=timezone.now()).delete()
        if own.count() >= LINKS_PER_USER:
            raise TooManyLinks(f"You have {LINKS_PER_USER} share links. Revoke one first.")
        link = ShareLink.objects.create(
            key=new_key(),
            user=user,
            submission=submission,
            named=named,
            expires=timezone.now() + timedelta(days=days),
        )
        append(Action.SHARED, _data(link, "made"))
    return link


def revoke(link: ShareLink) -> bool:
    """Delete a link; return False if another request was quicker."""
    data = _data(link, "revoked")
    with transaction.atomic():
        count, _ = ShareLink.objects.filter(key=link.key).delete()
        if count:
            append(Action.SHARED, data)
    return bool(count)


def _data(link: ShareLink, what: str) -> dict[str, Any]:
    return {
        "version": VERSION,
        "what": what,
        "user": link.user_id,
        "submission": str(link.submission_id),
        "key": link.key[:KEY_SHOWN],
        "named": link.named,
        "expires": link.expires.isoformat(),
    }
