"""The lab and the audit in a browser."""

import pytest
from axe_playwright_python.sync_playwright import Axe

ATTACKED = "document.documentElement.dataset.attacked"
LIST = "/admin/submissions/submission/"


@pytest.fixture(scope="package")
def admins_session(browser, served):
    """Log in once, by the form."""
    context = browser.new_context(base_url=served.address)
    page = context.new_page()
    page.goto("/accounts/login/")
    page.get_by_label("User name").fill("admin")
    page.get_by_label("Password").fill(served.admin_password)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(lambda address: "login" not in address)
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def admin(visit, admins_session):
    """Return a page of the administrator, who has every permission."""
    return visit(storage_state=admins_session).context.new_page()


def attack(page, slug, without=""):
    """Run an experiment by its form; stay on the page with its result."""
    page.goto(f"/lab/{slug}/")
    if without:
        page.get_by_label("Take a layer away").select_option(without)
    page.get_by_role("button", name="Run the attack").click()
    page.wait_for_url("**/lab/runs/**")
    return page


def findings(page, within="main"):
    """Return the findings of axe on a page, or on a part of it."""
    found = Axe().run(page, context=within).response["violations"]
    return [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("address", ["/lab/", "/lab/memory-bomb/", "/lab/matrix/"])
def test_pages_can_be_used_by_everybody(visit, address, colours):
    page = visit(color_scheme=colours).context.new_page()
    page.goto(address)
    assert findings(page) == []


def test_learner_sees_an_attack_fail_and_what_stopped_it(admin):
    page = attack(admin, "memory-bomb")
    assert "contained by: memory cgroup (oom_kill 1" in page.locator("main").inner_text()
    assert findings(page) == []
    page.goto("/lab/")
    row = page.get_by_role("row", name="Eat memory a").or_(
        page.locator("tr", has=page.locator("a[href='/lab/memory-bomb/']"))
    )
    assert row.first.locator(".outcome").inner_text() == "contained"


def test_teacher_takes_a_layer_away_and_the_attack_succeeds(admin):
    page = attack(admin, "be-root", without="non-root-user")
    text = page.locator("main").inner_text()
    assert "This run was weakened: without non-root user" in text
    assert "Breach" in text
    assert findings(page) == []


def test_attack_on_the_reader_does_nothing_on_any_page(admin):
    page = attack(admin, "stored-script")
    assert "<script>document" in page.locator("main").inner_text()
    assert page.evaluate(ATTACKED) is None
    submission = page.url.rstrip("/").rpartition("/")[2]
    page.goto(f"{LIST}{submission}/change/")
    assert "<script>document" in page.locator("#content").inner_text()
    assert page.evaluate(ATTACKED) is None


def test_attack_can_be_taken_to_the_playground(admin):
    admin.goto("/lab/environment-js/")
    form = admin.locator("form[action='/playground/']")
    sent = {name: form.locator(f"[name={name}]").input_value() for name in ("code", "language")}
    assert sent["language"] == "javascript"
    assert sent["code"].startswith("// Reads the environment")


def test_administrator_reviews_what_was_tried(admin):
    attack(admin, "environment", without="environment")
    admin.goto(f"{LIST}?weakened=yes")
    assert "environment" in admin.locator("#result_list").inner_text()
    admin.get_by_role("link", name="Overview").click()
    assert "Who hit which limits" in admin.locator("#content").inner_text()
    assert admin.locator("svg rect").count() > 0
    assert findings(admin, "#content") == []


def test_export_leaves_as_a_file(admin):
    attack(admin, "swap")
    admin.goto(LIST)
    with admin.expect_download() as download:
        admin.get_by_role("link", name="Export as CSV").click()
    assert download.value.suggested_filename == "submissions.csv"
