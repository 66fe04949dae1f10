"""Debian's Chromium, the real service, and a check for everything that a page must not do."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, StorageState, expect, sync_playwright

from executor.sandbox.engine import containers
from executor.sandbox.spec import LABEL_INSTANCE
from tests.support import calm_chromium
from tests.support.browser import Visit, Visitor, log_in, sign_up
from tests.support.waiting import PATIENCE_SECONDS
from tools.site import Service, service

CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
WALL_SECONDS = 180
"""A program that waits to be stopped can wait long; one that spins is ended by its CPU time."""
INSTANCE = f"browser-{os.getpid()}"

expect.set_options(timeout=PATIENCE_SECONDS * 1000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in str(item.path):
            item.add_marker(pytest.mark.docker)
            item.add_marker(pytest.mark.xdist_group("browser"))
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="there is no Chromium (scripts/browser)"))


@pytest.fixture(scope="package")
def served() -> Iterator[Service]:
    with service(
        DJANGO_HTTPS="no",  # a browser keeps no secure cookies without TLS
        EXECUTOR_INSTANCE=INSTANCE,
        EXECUTOR_MAX_RUNS="14",
        EXECUTOR_POOL_SIZE="1",
        EXECUTOR_WALL_SECONDS=str(WALL_SECONDS),
        EXECUTOR_CPU_SECONDS="2",
        RUN_RATE="10000/d",  # the runs of all tests are those of a few users
        RUN_MAX_PER_USER="12",
        INTERACTIVE_MAX="12",
        INTERACTIVE_MAX_PER_USER="11",
        STREAM_MAX="26",
        STREAM_MAX_PER_USER="12",  # below half of all
        SIGNUP_OPEN="yes",
        SIGNUP_RATE="1000/m",
        RESET_PASSWORD_RATE="1/h/key",
    ) as running:
        yield running
        running.manage("audit_verify")  # no page and no test has changed what is sealed
    assert containers(f"{LABEL_INSTANCE}={INSTANCE}") == []


def patient(new_context: Callable[..., BrowserContext]) -> Callable[..., BrowserContext]:
    """Make contexts that wait as long as all tests do: on a crowded machine 30 seconds are too few.

    They ask for no motion, unless a test wants it: a colour has too little contrast while it fades."""

    def make(**options: Any) -> BrowserContext:
        context = new_context(**{"reduced_motion": "reduce", **options})
        context.set_default_timeout(PATIENCE_SECONDS * 1000)
        return context

    return make


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Start a browser for all tests here. While it lives, this thread counts as asynchronous."""
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        launched = playwright.chromium.launch(
            executable_path=calm_chromium.__file__,
            env={**os.environ, "CHROMIUM": str(CHROMIUM)},
            args=arguments,
        )
        launched.new_context = patient(launched.new_context)  # type: ignore[method-assign] # for all tests
        yield launched
        launched.close()


@pytest.fixture
def visit(browser: Browser, served: Service) -> Iterator[Visit]:
    """Return a function that makes visitors; keyword arguments are those of the browser context.

    At the end no page may have complained."""
    visitors: list[Visitor] = []

    def make(**options: Any) -> Visitor:
        context = browser.new_context(base_url=served.address, **options)
        visitors.append(Visitor(context, urlsplit(served.address).netloc))
        return visitors[-1]

    yield make
    for visitor in visitors:
        visitor.context.close()
    assert [complaint for visitor in visitors for complaint in visitor.unexpected] == []


@pytest.fixture(scope="package")
def carols_session(browser: Browser, served: Service) -> StorageState:
    """Sign up once, by the form."""
    context = browser.new_context(base_url=served.address)
    sign_up(context.new_page(), "carol")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def carol(visit: Visit, carols_session: StorageState) -> Visit:
    """Return a function that makes browsers of carol, who is logged in."""

    def make(**options: Any) -> Visitor:
        return visit(storage_state=carols_session, **options)

    return make


@pytest.fixture(scope="package")
def admins_session(browser: Browser, served: Service) -> StorageState:
    """Log in once, by the form, as the administrator, who has every permission."""
    context = browser.new_context(base_url=served.address)
    log_in(context.new_page(), "admin", served.admin_password)
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def desk(visit: Visit, admins_session: StorageState) -> Visit:
    """Return a function that makes browsers of the administrator."""

    def make(**options: Any) -> Visitor:
        return visit(storage_state=admins_session, **options)

    return make
