"""A class behind one address opens the playground and presses Run together, on default settings."""

import json
import os
from collections.abc import Iterator
from functools import partial
from time import time

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, Response, expect

from executor.sandbox.engine import containers
from executor.sandbox.spec import LABEL_INSTANCE
from tests.support.waiting import PATIENCE_SECONDS, eventually
from tools.site import Service, service

PUPILS = 30
INSTANCE = f"class-{os.getpid()}"
INSTANT = "print(6 * 7)"
SECOND = "import time\ntime.sleep(1)\nprint(6 * 7)"
SIGN_IN = """
import json
from importlib import import_module
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
Store = import_module(settings.SESSION_ENGINE).SessionStore
keys = []
for number in range(%d):
    user = User.objects.create_user(f"pupil{number}")
    session = Store()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    keys.append(session.session_key)
print(json.dumps(keys))
"""
PREPARE = """(code) => {
  ace.edit(document.querySelector(".editor")).setValue(code, 1);
  const status = document.getElementById("status");
  window.seen = [];
  new MutationObserver(() => seen.push(status.innerText)).observe(status, { childList: true });
}"""
PRESS = """(moment) => {
  setTimeout(() => document.getElementById("run").click(), moment - Date.now());
}"""


@pytest.fixture(scope="module")
def school() -> Iterator[Service]:
    """Serve on the default settings; `service` has others for these."""
    with service(
        DJANGO_HTTPS="no",  # a browser keeps no secure cookies without TLS
        EXECUTOR_INSTANCE=INSTANCE,
        RUN_RATE="60/m",
        SIGNUP_OPEN="yes",
        RUN_MAX_PER_USER=str(settings.RUN_MAX_PER_USER),
        CONNECTION_MAX_PER_ADDRESS=str(settings.CONNECTION_MAX_PER_ADDRESS),
    ) as running:
        yield running
    assert containers(f"{LABEL_INSTANCE}={INSTANCE}") == []


@pytest.fixture(scope="module")
def pupils(browser: Browser, school: Service) -> Iterator[list[Page]]:
    """Return the page of each pupil, in a browser context of its own. All load it at the same time."""
    keys = json.loads(school.manage("shell", "-v", "0", "-c", SIGN_IN % PUPILS).splitlines()[-1])
    contexts, pages = [], []
    refused: list[str] = []

    def note_refusal(answer: Response) -> None:
        if answer.status >= 400:
            refused.append(answer.url)

    for key in keys:
        context = browser.new_context(base_url=school.address)
        context.set_default_timeout(PUPILS * 1000 * PATIENCE_SECONDS / 5)  # they share the machine
        context.add_cookies([{"name": "sessionid", "value": key, "url": school.address}])
        contexts.append(context)
        pages.append(context.new_page())
        pages[-1].on("response", note_refusal)
    for page in pages:
        # Not `goto`, which waits for the answer.
        page.evaluate("(address) => { location.href = address; }", f"{school.address}/playground/")
    for page in pages:
        page.wait_for_url("**/playground/")
        page.locator(".ace_line").first.wait_for()
    assert refused == []
    yield pages
    for context in contexts:
        context.close()


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(INSTANT, id="instant"),
        pytest.param(SECOND, id="one-second", marks=pytest.mark.long),
    ],
)
def test_class_that_presses_run_together_gets_thirty_results(pupils: list[Page], code: str) -> None:
    began = time()
    for page in pupils:
        page.evaluate(PREPARE, code)
    lead = 2 * (time() - began) + 1  # enough to tell each page the moment before it has come
    moment = (time() + lead) * 1000
    for page in pupils:
        page.evaluate(PRESS, moment)
    for page in pupils:
        eventually(partial(page.evaluate, "seen.at(-1)?.startsWith('OK')"))
        expect(page.locator("#console pre").first).to_have_text("42\n")
    seen = [text for page in pupils for text in page.evaluate("seen")]
    assert not any(text.startswith("Not run") for text in seen)
    if code == SECOND:  # far more than there are places
        assert any("number 1 in line" in text for text in seen)
