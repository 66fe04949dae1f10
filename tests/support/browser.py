"""Visitors with a browser each, which collects the complaints of its pages."""

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page

from tests.support.clients import PASSWORD

LISTEN = """
addEventListener("securitypolicyviolation", (event) =>
  console.error("policy:", event.violatedDirective, event.blockedURI, event.sourceFile));
"""


@dataclass
class Visitor:
    """One person's browser, which collects the complaints of its pages."""

    context: BrowserContext
    host: str
    complaints: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()
    """Complaints that the test provokes."""

    def __post_init__(self) -> None:
        self.context.add_init_script(LISTEN)
        self.context.on("console", self._hear)
        self.context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        self.context.on("request", lambda request: self._see(request.url))
        self.context.on(
            "dialog", lambda dialog: self.complaints.append(f"dialog: {dialog.message}")
        )

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def _see(self, url: str) -> None:
        where = urlsplit(url)
        if where.scheme not in {"data", "blob"} and where.netloc != self.host:
            self.complaints.append(f"request to {url}")

    @property
    def unexpected(self) -> list[str]:
        return [
            complaint
            for complaint in self.complaints
            if not any(known in complaint for known in self.expected)
        ]


Visit = Callable[..., Visitor]
"""Makes visitors; keyword arguments are those of the browser context."""


def sign_up(page: Page, name: str) -> None:
    page.goto("/accounts/signup/")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Repeat password").fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    page.wait_for_url("**/playground/")


def log_in(page: Page, name: str, password: str) -> None:
    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill(name)
    page.locator("input[name=password]").fill(password)
    submit(page, page.locator("main form").first.locator("button").last)


def submit(page: Page, button: Locator) -> None:
    """Press a button, and wait until the page that answers is loaded, whatever its address."""
    with page.expect_navigation():
        button.click()


def press_and_hear(button: Locator, words: str) -> None:
    """Press a button, and wait until it has said these words.

    It says them for two seconds only, in which a crowded machine may have no time to look."""
    said = button.evaluate_handle(
        """(button) => {
          const said = [];
          const note = () => said.push(button.textContent.trim());
          new MutationObserver(note).observe(button, { childList: true, subtree: true });
          return said;
        }"""
    )
    button.click()
    button.page.wait_for_function("([said, words]) => said.includes(words)", arg=[said, words])
