"""A walk over every page of the site, for what has to hold on all of them."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.support.browser import Visitor, log_in, submit
from tests.support.clients import PASSWORD
from tests.support.playground import ready
from tests.support.waiting import eventually

ROWS = """
from datetime import timedelta
from django.contrib.auth.models import User
from django.utils import timezone
from submissions.audit.accounts.freezing import freeze
from tests.support.clients import PASSWORD
from tests.support.factories import make_submission

frank = User.objects.create_user("frank", password=PASSWORD)
freeze(frank, reason="You sat in the wrong lesson.", by=User.objects.get(username="admin"))
grace = User.objects.get(username="grace")
begin = timezone.now() - timedelta(hours=40)
for number in range(27):
    make_submission(grace, code=f"import time\\nfor n in range({number}):\\n    print(n, time.time())",
        stdout=f"{number}\\n", created=begin + timedelta(minutes=number), wall_ms=80 + number)
LONG = "a long line " * 40
make_submission(grace, code=f"print('{LONG}')", stdout=LONG, wall_ms=71)
make_submission(grace, code="while True: pass", stdout="", verdict="time_limit_exceeded",
    error="CPU time limit (2 s) exceeded.", wall_ms=2104)
make_submission(grace, code="console.log(6 * 7)", stdout="42\\n", language="javascript", wall_ms=93)
make_submission(grace, experiment="memory-bomb", outcome="contained", stdout="", wall_ms=412)
make_submission(grace, experiment="be-root", outcome="breach", stdout="root\\n", wall_ms=120)
make_submission(grace, code="x" * 300, stdout="", verdict="runtime_error", wall_ms=64,
    error="NameError: a name is not defined", stderr="Traceback\\n" + "x" * 300)
"""
ANYBODYS = {
    "home": "/",
    "log-in": "/accounts/login/",
    "sign-up": "/accounts/signup/",
    "password-reset": "/accounts/password/reset/",
    "password-reset-sent": "/accounts/password/reset/done/",
    "password-reset-key": "/accounts/password/reset/key/1-wrong/",
    "lab": "/lab/",
    "lab-nothing": "/lab/?q=nothing-like-this",
    "experiment": "/lab/memory-bomb/",
    "experiment-javascript": "/lab/memory-bomb-js/",
    "matrix": "/lab/matrix/",
    "matrix-cell": "/lab/matrix/be-root/read-only-root/",
    "layers": "/lab/layers/",
    "layer": "/lab/layers/masked-paths/",
    "glossary": "/lab/glossary/",
    "documents": "/docs/",
    "document": "/docs/security/",
    "document-with-pictures": "/docs/architecture/",
}
MEMBERS = {
    "home-logged-in": "/",
    "history": "/submissions/",
    "history-lab": "/submissions/?kind=lab",
    "history-nothing": "/submissions/?search=nothing-like-this",
    "tokens": "/accounts/tokens/",
    "webhooks": "/accounts/webhooks/",
    "password": "/accounts/password/change/",
    "email": "/accounts/email/",
    "two-factor": "/accounts/2fa/",
    "sessions": "/accounts/sessions/",
    "isolation": "/accounts/isolation/",
    "data": "/accounts/data/",
    "log-out": "/accounts/logout/",
    "confirm": "/accounts/data/delete/",
    "api": "/api/",
    "api-run": "/run",
    "api-submissions": "/api/submissions/",
    "api-batches": "/api/batches/",
    "api-deliveries": "/api/deliveries/",
    "api-languages": "/api/languages/",
}
CONFIRMED = {
    "two-factor-app": "/accounts/2fa/totp/activate/",
    "delete-account": "/accounts/data/delete/",
}
EMPTY = {
    "history-empty": "/submissions/",
    "links-empty": "/submissions/links/",
    "lab-member": "/lab/",
    "experiment-member": "/lab/memory-bomb/",
}
RUNS = "/admin/submissions/submission/"
ADMINS = {
    "admin": "/admin/",
    "admin-lesson": "/admin/?period=lesson",
    "admin-runs": RUNS,
    "admin-no-run": f"{RUNS}?q=nothing-like-this",
    "admin-wrong-day": f"{RUNS}?from=x",
    "admin-by-person": f"{RUNS}people/?when=7",
    "admin-people": "/admin/auth/user/",
    "admin-new-account": "/admin/auth/user/add/",
    "admin-lab": "/admin/lab/",
    "admin-tokens": "/admin/submissions/apitoken/",
    "admin-audit": "/admin/submissions/auditentry/",
    "admin-entry": "/admin/submissions/auditentry/1/change/",
    "admin-groups": "/admin/auth/group/",
    "admin-group": "/admin/auth/group/1/change/",
    "admin-batches": "/admin/submissions/batch/",
    "admin-deliveries": "/admin/submissions/delivery/",
    "admin-second-factors": "/admin/mfa/authenticator/",
    "admin-changes": "/admin/admin/logentry/",
    "admin-tables": "/admin/submissions/",
}
EXPECTED = tuple(f"status of {status}" for status in (400, 403, 404, 405, 413, 429, 500, 503))
"""What the browser notes of the pages of errors."""


@dataclass
class Walk:
    """The pages, by who may see them. Each method yields each name, and the page when it is open."""

    anybody: Callable[..., Visitor]
    member: Callable[..., Visitor]
    newcomer: Callable[..., Visitor]
    administrator: Callable[..., Visitor]
    database: Path
    """The site's, which some errors need damaged."""

    def public(self, **options: object) -> Iterator[tuple[str, Page]]:
        yield from _opened(self.anybody(**options).context.new_page(), ANYBODYS)

    def errors(self, **options: object) -> Iterator[tuple[str, Page]]:
        visitor = self.anybody(**options)
        visitor.expected = EXPECTED
        page = visitor.context.new_page()
        yield from _opened(
            page,
            {"404": "/nothing/", "not-shared": "/shared/nothing/"},
        )
        log_in(page, "frank", PASSWORD)
        yield "frozen", page
        for _ in range(2):
            page.goto("/accounts/password/reset/")
            page.get_by_label("E-mail").fill("grace@example.org")
            submit(page, page.locator("main form button"))
        yield _refused(page, "429")
        page.goto("/accounts/login/")
        visitor.context.clear_cookies()
        page.locator("input[name=login]").fill("x")
        page.locator("input[name=password]").fill("x")
        submit(page, page.locator("main form button").first)
        yield _refused(page, "403")
        page.goto("/accounts/login/")
        page.locator("input[name=login]").fill("x")
        page.locator("input[name=password]").fill("x" * 70_000)
        submit(page, page.locator("main form button").first)
        yield _refused(page, "413")
        visitor = self.newcomer(**options)
        visitor.expected = EXPECTED
        yield from _opened(visitor.context.new_page(), {"405": "/playground/run/"})
        yield from self._damaged(**options)

    def _damaged(self, **options: object) -> Iterator[tuple[str, Page]]:
        """Open the pages of a service that fails: a damaged row, then no table of sessions."""
        visitor = self.member(**options)
        visitor.expected = EXPECTED
        page = visitor.context.new_page()
        page.goto("/submissions/")
        page.locator("td a[href^='/submissions/']").first.click()
        page.wait_for_url("**/submissions/*-*/")
        pk = page.url.split("/")[-2].replace("-", "")
        set_limits = "UPDATE submissions_submission SET limits = ? WHERE id = ?"
        read = "SELECT limits FROM submissions_submission WHERE id = ?"
        seal = "SELECT 1 FROM submissions_auditentry WHERE submission = ?"
        with closing(sqlite3.connect(self.database, timeout=60)) as connection:
            # The audit must not take the damage for what was stored.
            eventually(lambda: connection.execute(seal, [pk]).fetchone())
            [limits] = connection.execute(read, [pk]).fetchone()
        with self._changed(set_limits, set_limits, ["{}", pk], [limits, pk]):
            page.reload()
            yield _refused(page, "500")
        lost, found = "django_session RENAME TO lost", "lost RENAME TO django_session"
        with self._changed(f"ALTER TABLE {lost}", f"ALTER TABLE {found}"):
            page.goto("/submissions/")
            yield _refused(page, "503")

    @contextmanager
    def _changed(
        self, there: str, back: str, changed: Sequence[str] = (), kept: Sequence[str] = ()
    ) -> Iterator[None]:
        """Change the database within the block; `changed` and `kept` are the statements' values."""
        with closing(
            sqlite3.connect(self.database, timeout=60, isolation_level=None)
        ) as connection:
            connection.execute(there, changed)
            try:
                yield
            finally:
                connection.execute(back, kept)

    def members(self, **options: object) -> Iterator[tuple[str, Page]]:
        page = self.newcomer(**options).context.new_page()
        yield from _opened(page, EMPTY)
        page = self.member(**options).context.new_page()
        yield from _opened(page, MEMBERS)
        page.goto("/accounts/tokens/")
        page.get_by_label("Name, for example").fill("laptop")
        page.get_by_role("button", name="Create token").click()
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Confirm").click()
        page.locator(".secret").wait_for()
        yield "token", page
        yield from _opened(page, CONFIRMED)

    def runs(self, **options: object) -> Iterator[tuple[str, Page]]:
        page = self.member(**options).context.new_page()
        page.goto("/playground/?example=error")
        ready(page)
        yield "playground", page
        page.get_by_role("button", name="Run", exact=True).click()
        page.get_by_role("link", name="View this run").wait_for()
        yield "playground-after-a-run", page
        page.get_by_role("link", name="View this run").click()
        page.wait_for_url("**/submissions/*-*/")
        page.locator("#share form.toolbar button").click()
        page.get_by_text("Your share link is ready.").wait_for()
        yield "run", page
        address = page.locator("#share input.mono").first.input_value()
        page.goto("/submissions/links/")
        yield "links", page
        page.goto("/submissions/?search=range")
        for number in (0, 1):
            page.locator("td input[type=checkbox]").nth(number).check()
        yield "history-selected", page
        page.get_by_role("button", name="Compare").click()
        page.wait_for_url("**/compare/**")
        yield "compare", page
        yield from _opened(self.anybody(**options).context.new_page(), {"shared": address})
        page = self.administrator(**options).context.new_page()
        for name, weakened in (("lab-contained", ""), ("lab-breach", "non-root-user")):
            page.goto("/lab/be-root/")
            if weakened:
                page.get_by_label("Weaken a layer").select_option(weakened)
            page.get_by_role("button", name="Run the attack").click()
            page.wait_for_url("**/lab/runs/**")
            yield name, page

    def admin(self, **options: object) -> Iterator[tuple[str, Page]]:
        page = self.administrator(**options).context.new_page()
        yield from _opened(page, ADMINS)
        page.goto(RUNS)
        page.locator("th.field-shown_created a").first.click()
        page.wait_for_url("**/change/")
        yield "admin-run", page
        page.goto("/admin/auth/user/?q=frank")
        page.locator("#result_list tbody a").first.click()
        page.wait_for_url("**/admin/people/*/")
        yield "admin-person", page
        page.get_by_role("link", name="Edit account").click()
        page.wait_for_url("**/change/")
        yield "admin-account", page
        page.goto("/admin/auth/user/?q=grace")
        page.locator("td.action-checkbox input").check()
        submit(page, page.get_by_role("button", name="Freeze …"))
        yield "admin-freeze", page


def _refused(page: Page, status: str) -> tuple[str, Page]:
    """Return the page of an error, which shows its status."""
    expect(page.locator(".fault .status")).to_have_text(status)
    return status, page


def _opened(page: Page, addresses: dict[str, str]) -> Iterator[tuple[str, Page]]:
    for name, address in addresses.items():
        page.goto(address)
        yield name, page
