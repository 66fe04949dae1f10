"""The session of a run: checked when the run is accepted, opened when it begins, kept when it ends.

One run of a session at a time: a second one is refused until the first has finished. So no state is lost
or mixed, and the order is the client's. The state is stored in the transaction that stores the result, so
an attempt whose result does not count changes no session.
"""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User

from executor import (
    LANGUAGES,
    InvalidRequest,
    RunRequest,
    StateLeft,
    problem_with_state,
)

from ..files import labels, sessions
from ..files.sessions import Opened
from . import storage
from .errors import SessionBusy, TooManySessions
from .models import Submission, Via

GONE = "the session was deleted during the run"
OVER_QUOTA = "your storage of today is used up"


def check(user: User, runs: Iterable[RunRequest], via: str) -> None:
    """Check the sessions of new runs; call it with the account locked.

    A new sandbox of E2B takes the place of the one that was used least recently: its clients often
    end none.

    Raises SessionBusy, TooManySessions, and InvalidRequest if the session is of another language or does
    not fit the limits.
    """
    for run in runs:
        if run.session:
            _check(user, run, via)


def _check(user: User, run: RunRequest, via: str) -> None:
    under_way = Submission.objects.in_flight().filter(user=user).exclude(session="")
    names = set(under_way.values_list("session", flat=True))
    if run.session in names:
        reason = (
            f"A run of the session {run.session} is under way: send the next one after its end."
        )
        raise SessionBusy(reason, retry_after=1)
    known = sessions.current_of(user.pk).filter(name=run.session).first()
    if known is None:
        _check_room(user, names, via)
        return
    if known.language != run.language:
        raise InvalidRequest(f"session: it is one of {LANGUAGES[known.language].label}")
    if problem := problem_with_state(run, known.size):
        raise InvalidRequest(problem)


def _check_room(user: User, busy: set[str], via: str) -> None:
    """Raise TooManySessions if the user may not have one more. Those of runs under way (`busy`) count."""
    own, most = sessions.current_of(user.pk), settings.SESSION_MAX_PER_USER
    stored = list(own.values_list("name", flat=True))
    if via == Via.E2B and len(busy.union(stored)) >= most:
        idle = [one for one in stored if one not in busy and labels.belongs_to(one, user)]
        own.filter(name__in=idle[-1:]).delete()
        stored = list(own.values_list("name", flat=True))
    if len(busy.union(stored)) >= most:
        raise TooManySessions(
            f"You may have {most} sessions: delete one, or wait until one expires."
        )


def open_for(submission: Submission) -> Opened:
    """Return the state that a run gets."""
    return sessions.opened(submission.user_id, submission.session)


def has_room(submission: Submission, before: Opened, left: StateLeft) -> bool:
    """Count what a new state takes more than the one before; False if the user's day has no room."""
    if left.content is None:
        return True
    more = max(0, len(left.content) - before.size)
    return storage.fitting(submission, [more]) == 1


def keep(
    submission: Submission, before: Opened, left: StateLeft, *, has_room: bool
) -> dict[str, Any]:
    """Store what a run leaves to its session; return the description for the run's row.

    Call it in the transaction that stores the result.
    """
    owner, name, problem = submission.user_id, submission.session, left.problem
    content = left.content if has_room and not problem else None
    if content is not None:
        is_there = sessions.replace(
            owner, name, before, content, language=submission.language, left_by=submission.pk
        )
    else:
        is_there = not before.version or sessions.touch(owner, name, before)
        problem = problem or ("" if has_room else OVER_QUOTA)
    if not is_there:
        problem = GONE
    if content is None or not is_there:
        content, digest = before.content, before.sha256
    else:
        digest = sessions.digest_of(content)
    return {
        "kept": not problem,
        "problem": problem,
        "notice": left.notice,
        "not_kept": [] if problem else [asdict(one) for one in left.not_kept],
        "more": 0 if problem else left.more,
        "size": len(content),
        "loaded": before.sha256,
        "sha256": digest,
    }
