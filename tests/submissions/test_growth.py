"""What is done all the time does not take longer as the history grows: runs, background work and lists.

Counted in SQLite's steps, which are the same on every machine.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import partial

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext, override_settings
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from executor import Busy, RunRequest, default_limits
from submissions import orders
from submissions.audit import chain
from submissions.audit.accounts import account_notes
from submissions.audit.accounts.erasure import erase_due
from submissions.audit.accounts.holds import has_breach
from submissions.audit.retention import keep_house
from submissions.dialects.librechat import sessions
from submissions.files import uploads as uploads_of
from submissions.lifecycle import idempotency, queue, uploads
from submissions.lifecycle.idempotency import IdempotencyKey, RequestKey
from submissions.lifecycle.intake import Origin, submit_all
from submissions.lifecycle.models import Status, Submission, Via
from submissions.lists import paging
from submissions.pages.account import data as account_data
from submissions.pages.runs import history as runs_history
from submissions.webhooks import deliveries, sender
from submissions.webhooks.models import Delivery, DeliveryState
from tests.support.clients import AsUser
from tests.support.factories import make_submission

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="counts SQLite's steps"),
]

FEW, MANY = 200, 5000
LISTED = 100
"""Rows that a list counts here."""
STEPS = 10
"""SQLite calls back after this many."""
SLACK = 300
"""Calls. One that read all rows would take 1,500 more."""
ORIGIN = Origin(via=Via.SESSION, client_address=None, user_agent="")
RUN = RunRequest(code="print(1)", limits=default_limits())
HISTORY = f"""
INSERT INTO {{table}} ({{columns}}) SELECT {{values}} FROM {{table}}
JOIN (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MANY - FEW})
      SELECT i FROM n WHERE i <= %s)
WHERE id = %s
"""
ID = "lower(hex(randomblob(16)))"


def copy(row: Submission | IdempotencyKey, count: int, **own: str) -> None:
    """Insert copies of a row with ids, and other values, of their own."""
    names = [str(field.column) for field in type(row)._meta.concrete_fields]
    own = {"id": ID, **own}
    statement = HISTORY.format(
        table=type(row)._meta.db_table,
        columns=", ".join(names),
        values=", ".join(own.get(name, name) for name in names),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [count, getattr(row.pk, "hex", row.pk)])


class History:
    """A user's runs, half of them of the lab, and the webhooks and keys of the other half."""

    def __init__(self, user: User) -> None:
        self._own = make_submission(user)
        attack = {"experiment": "fork-bomb", "outcome": "contained"}
        self._lab = make_submission(user, **attack)
        self._weakened = make_submission(user, **attack, ablation="pids")
        chain.seal()
        self._sent = Delivery.objects.create(
            user=user, submission=self._own, url="https://a.example", state=DeliveryState.DELIVERED
        )
        self._key = IdempotencyKey.objects.create(user=user, key="k", digest="d")

    def add(self, count: int) -> None:
        ago = "datetime('now', '-' || i || ' seconds')"
        copy(self._own, count // 2, created=ago, finished=ago)
        copy(self._lab, count // 4, created=ago, finished=ago)
        copy(self._weakened, count // 4, created=ago, finished=ago)
        copy(self._key, count // 2, id="NULL", key=ID)
        runs = f"SELECT id FROM {Submission._meta.db_table} WHERE experiment = ''"
        unsent = f"{runs} AND id NOT IN (SELECT submission_id FROM {Delivery._meta.db_table})"
        names = [str(field.column) for field in Delivery._meta.concrete_fields]
        values = {"id": ID, "submission_id": "run.id"}
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {Delivery._meta.db_table} ({', '.join(names)})"
                f" SELECT {', '.join(values.get(name, 'sent.' + name) for name in names)}"
                f" FROM {Delivery._meta.db_table} sent, ({unsent}) run WHERE sent.id = %s",
                [self._sent.pk.hex],
            )


@pytest.fixture
def history(alice: User) -> History:
    return History(alice)


@contextmanager
def counted() -> Iterator[list[int]]:
    """Count SQLite's steps within the block, in tens."""
    calls = [0]

    def count() -> int:
        calls[0] += 1
        return 0

    connection.ensure_connection()
    connection.connection.set_progress_handler(count, STEPS)
    try:
        yield calls
    finally:
        connection.connection.set_progress_handler(None, 0)


def cost(action: Callable[[], object]) -> int:
    action()  # what is read once and kept
    with counted() as calls:
        action()
    return calls[0]


def growth(history: History, action: Callable[[], object]) -> int:
    """Return how many more steps it takes after MANY runs than after FEW, in tens."""
    history.add(FEW)
    before = cost(action)
    history.add(MANY - FEW)
    return cost(action) - before


def test_steps_are_counted(history: History) -> None:
    assert growth(history, lambda: list(Submission.objects.filter(stdout="x"))) > SLACK


def runs_queued(user: User) -> None:
    [row] = submit_all(user=user, runs=[RUN], origin=ORIGIN)
    queue.next_language(user.pk)
    queue.place_of(row)
    queue.users_waiting()
    claimed = queue.claim_next(user=user.pk)
    assert claimed is not None
    queue.renew_leases([claimed.pk])
    queue.seconds_until_a_place()
    ended = Submission.written.filter(pk=claimed.pk)
    ended.update(status=Status.FINISHED, verdict="ok", finished=claimed.started, lease=None)


def key_remembered(user: User) -> None:
    with suppress(idempotency.KeyTaken), transaction.atomic():
        idempotency.remember(RequestKey("k", "d"), user)


def interactive_runs_counted(user: User) -> None:
    with override_settings(INTERACTIVE_MAX=0), suppress(Busy):  # then it also reads what they took
        queue.check_interactive(user, waited=False)


def retention_without_keys(user: User) -> None:
    IdempotencyKey.objects.all().delete()  # once an hour it reads those of a day
    keep_house()


WORK: dict[str, Callable[[User], object]] = {
    "a run is queued and claimed": runs_queued,
    "a key is remembered": key_remembered,
    "a session of LibreChat": lambda user: sessions.files_in("0" * 21, user),
    "who waits in one language": lambda user: queue.users_waiting("python"),
    "what may begin": lambda user: queue.startable_by_language(),
    "lost runs": lambda user: queue.recover(),
    "runs that a client waits for": lambda user: queue.check_waited(user),
    "interactive runs": interactive_runs_counted,
    "the next webhook": lambda user: sender.claim_next(),
    "webhooks without a sender": lambda user: sender.give_up(),
    "webhooks of a user": lambda user: deliveries.pending().filter(owner=user.pk).count(),
    "all runs of a user are cancelled": orders.cancel_all,
    "whether a user has a breach": lambda user: has_breach(user.pk),
    "seals": lambda user: chain.seal(),
    "notes on accounts": lambda user: account_notes.note_found(),
    "notes of the admin": lambda user: account_notes.seal_admin_log(),
    "retention with nothing to remove": retention_without_keys,
}


@pytest.mark.parametrize("work", WORK)
def test_work_does_not_grow_with_the_history(alice: User, history: History, work: str) -> None:
    assert growth(history, lambda: WORK[work](alice)) < SLACK


def test_file_that_is_there_is_found_without_reading_the_others(alice: User) -> None:
    """SQLite walked through the contents of all, while it held the lock of writers."""
    uploads.add(alice, "there", b"1")
    with CaptureQueriesContext(connection) as asked:
        uploads.add(alice, "there", b"1")
    [found] = [one["sql"] for one in asked if "SELECT" in one["sql"] and "LIMIT 1" in one["sql"]]
    assert "upload_user_sha256" in plan_of(found)


def test_size_of_all_files_is_read_from_an_index(alice: User) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert uploads_of.bytes_of(alice.pk) == 0
    [summed] = [one["sql"] for one in asked]
    assert "COVERING INDEX" in plan_of(summed)


def plan_of(query: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {query}")
        return str(cursor.fetchall())


def test_erasure_does_not_step_over_what_is_erased(alice: User) -> None:
    moment = timezone.now() - timedelta(days=1)
    erased = make_submission(alice, finished=moment, erased=moment, seal_pending=False)

    def erase_one() -> None:
        make_submission(alice, finished=moment, held_until=moment)
        assert erase_due() == 1

    before = cost(erase_one)
    copy(erased, MANY - FEW)
    assert cost(erase_one) - before < SLACK


def addresses(resolver: URLResolver, before: str = "/") -> Iterator[str]:
    """Yield each address without a variable part that a user may get."""
    for one in resolver.url_patterns:
        address = before + str(one.pattern).lstrip("^").removesuffix("$").removesuffix(r"\Z")
        if isinstance(one, URLResolver):
            yield from addresses(one, address)
        elif isinstance(one, URLPattern) and not set("<(\\?") & set(address):
            yield address


OF_STAFF = "/admin/"
PAGES = sorted(one for one in addresses(get_resolver()) if not one.startswith(OF_STAFF))


SHOWN = {
    *("/", "/submissions/", "/lab/", "/accounts/data/", "/run"),
    *("/api/submissions/", "/api/deliveries/", "/api/batches/", "/api/files/", "/api/sessions/"),
}
"""Some of them, whose answer is a page or a list."""


@pytest.mark.parametrize("client", ["program", "browser"])
def test_pages_do_not_grow_with_the_history(
    alice: User,
    history: History,
    as_user: AsUser,
    token_of: Callable[[User], dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
    client: str,
) -> None:
    monkeypatch.setattr(paging, "MOST", LISTED)
    own = as_user(
        alice, headers={"Accept": "text/html"} if client == "browser" else token_of(alice)
    )

    def costs() -> dict[str, int]:
        return {one: cost(partial(own.get, one)) for one in PAGES}

    assert {one: own.get(one).status_code for one in SHOWN} == dict.fromkeys(SHOWN, 200)
    history.add(FEW)
    before = costs()
    history.add(MANY - FEW)
    after = costs()
    assert {
        one: (before[one], after[one]) for one in PAGES if after[one] > before[one] + SLACK
    } == {}


def test_list_shows_no_more_than_it_counts_and_says_so(
    alice: User, as_user: AsUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (paging, runs_history, account_data):
        monkeypatch.setattr(module, "MOST", 30)

    def shown(address: str, **query: str) -> str:
        return as_user(alice).get(address, query).content.decode()

    def make(count: int) -> list[str]:
        return [f'href="/submissions/{make_submission(alice).pk}/"' for _ in range(count)]

    links = make(29)
    assert "These are the newest" not in shown("/submissions/")
    assert "Your 29 runs" in shown("/accounts/data/")
    links = [*links, *make(3)]
    last = shown("/submissions/", page="9")
    assert [link in last for link in links] == [False] * 2 + [True] * 5 + [False] * 25
    assert "Page 2 of 2" in last
    assert "These are the newest 30." in last
    assert "Your 30 or more runs" in shown("/accounts/data/")
    assert links[0] in shown("/submissions/", search="print", older=links[1].split("/")[2])
