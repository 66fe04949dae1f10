"""The lab and the audit in a browser."""

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from tests.support.browser import Visit
from tests.support.present import present

ATTACKED = "document.documentElement.dataset.attacked"
LIST = "/admin/submissions/submission/"


@pytest.fixture
def admin(desk: Visit) -> Page:
    """Return a page of the administrator, who has every permission."""
    return desk().context.new_page()


def attack(page: Page, slug: str, weaken: str = "") -> Page:
    """Run an experiment by its form; stay on the page with its result."""
    page.goto(f"/lab/{slug}/")
    if weaken:
        page.get_by_label("Weaken a layer").select_option(weaken)
    page.get_by_role("button", name="Run the attack").click()
    page.wait_for_url("**/lab/runs/**")
    return page


def findings(page: Page, within: str = "main") -> Any:
    """Return the findings of axe on a page, or on a part of it."""
    found = Axe().run(page, context=within).response["violations"]
    return [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]


# A run.


def test_learner_sees_an_attack_fail_and_what_stopped_it(admin: Page) -> None:
    page = attack(admin, "memory-bomb")
    sentence = "Contained by the memory limit: the kernel killed a process at 128 MiB."
    assert page.locator("main").inner_text().count(sentence) == 1
    lit = page.locator(".rings .place.lit")
    assert [one.get_attribute("data-layer") for one in lit.all()] == ["memory-cgroup"]
    evidence = page.get_by_text(re.compile("The kernel killed .* for memory"))
    expect(evidence).to_be_hidden()
    page.get_by_text("Show the evidence").click()
    expect(evidence).to_be_visible()
    assert findings(page) == []
    page.goto("/lab/")
    card = page.locator(".attack", has=page.get_by_role("link", name="Memory bomb", exact=True))
    assert "Contained" in card.inner_text()


def test_run_shows_its_state_until_the_result(admin: Page) -> None:
    page = admin
    held: list[Route] = []

    def hold(route: Route) -> None:
        if route.request.method == "POST":
            held.append(route)
        else:
            route.continue_()

    page.route("**/lab/infinite-loop/", hold)
    page.goto("/lab/infinite-loop/")
    button = page.get_by_role("button", name="Run the attack")
    button.click()
    state = page.locator("#state")
    expect(state).to_contain_text("Running")
    expect(state).to_contain_text(re.compile(r"[1-9]\.\d s"))  # the time passes
    expect(button).to_have_attribute("aria-disabled", "true")
    expect(button).to_be_focused()
    held[0].continue_()
    page.wait_for_url("**/lab/runs/**")
    expect(page.locator("main")).to_contain_text("Contained by the time limit")


def test_page_of_a_waiting_run_shows_its_place_and_then_the_result(admin: Page) -> None:
    page = attack(admin, "be-root")
    api = f"/api/submissions/{page.url.rstrip('/').rpartition('/')[2]}/"

    def wait_once(route: Route) -> None:
        page.unroute("**/lab/runs/**")
        answer = route.fetch()
        state = f'<div id="state" class="state" role="status" data-address="{api}">'
        body = answer.text().replace('<div id="state" class="state" role="status" hidden>', state)
        route.fulfill(response=answer, body=body)

    page.route("**/lab/runs/**", wait_once)
    queued = {"status": "queued", "place_in_queue": 3}
    page.route(f"**{api}", lambda route: route.fulfill(json=queued))
    page.reload()
    expect(page.locator("#state")).to_contain_text("number 3 in line")
    page.unroute(f"**{api}")
    expect(page.locator("#state")).to_be_hidden()


def test_run_that_is_refused_for_a_moment_waits_and_runs(desk: Visit) -> None:
    visitor = desk()
    visitor.expected = ("503",)
    page = visitor.context.new_page()
    is_full = True

    def refuse(route: Route) -> None:
        if route.request.method != "POST" or not is_full:
            route.continue_()
            return
        route.fulfill(
            status=503,
            headers={"Retry-After": "1"},
            json={"code": "busy", "detail": "The service is busy.", "fields": {}},
        )

    page.route("**/lab/be-root/", refuse)
    page.goto("/lab/be-root/")
    page.get_by_role("button", name="Run the attack").click()
    expect(page.locator("#state")).to_contain_text("Waiting for a free sandbox")
    is_full = False
    page.wait_for_url("**/lab/runs/**")


def test_refusal_for_good_is_explained_on_the_page(desk: Visit) -> None:
    visitor = desk()
    visitor.expected = ("403",)
    page = visitor.context.new_page()
    page.goto("/lab/be-root/")
    visitor.context.clear_cookies()
    page.get_by_role("button", name="Run the attack").click()
    expect(page.locator("#state")).to_contain_text("You are not logged in any more.")
    expect(page.get_by_role("button", name="Run the attack")).not_to_have_attribute(
        "aria-disabled", "true"
    )


def test_run_works_without_a_script(desk: Visit) -> None:
    page = desk(java_script_enabled=False).context.new_page()
    attack(page, "be-root")
    expect(page.locator("main")).to_contain_text("Contained by")


def test_teacher_weakens_a_layer_and_the_attack_succeeds(admin: Page) -> None:
    page = attack(admin, "be-root", weaken="non-root-user")
    text = page.locator("main").inner_text()
    assert "Weakened run. Ordinary user: the program is root." in text
    assert "Breach" in text
    assert page.locator(".rings .place.missing").get_attribute("data-layer") == "non-root-user"
    assert findings(page) == []


def test_result_leads_to_next_again_edit_and_weakened(admin: Page) -> None:
    page = attack(admin, "be-root")
    first = page.url
    page.get_by_role("button", name="Run again").click()
    page.wait_for_url(lambda url: "/lab/runs/" in url and url != first)
    second = page.url
    page.get_by_role("button", name="Weaken this layer").click()
    page.wait_for_url(lambda url: "/lab/runs/" in url and url not in {first, second})
    third = page.url
    assert "Breach" in page.locator("main").inner_text()
    page.get_by_role("button", name="With all layers").click()
    page.wait_for_url(lambda url: "/lab/runs/" in url and url not in {first, second, third})
    page.get_by_role("link", name="Next attack").click()
    page.wait_for_url("**/lab/forged-end/")
    page.goto(first)
    page.get_by_role("button", name="Edit in the playground").click()
    page.wait_for_url("**/playground/")


def test_student_sees_why_a_layer_cannot_be_weakened(carol: Visit) -> None:
    page = carol().context.new_page()
    page.goto("/lab/memory-bomb/")
    choice = page.get_by_label("Weaken a layer")
    expect(choice).to_be_disabled()
    reason = page.locator(f"#{choice.get_attribute('aria-describedby')}")
    assert "add you to the group “Lab: may weaken”" in reason.inner_text()
    attack(page, "memory-bomb")
    expect(page.get_by_role("button", name="Weaken this layer")).to_be_disabled()
    assert "Lab: may weaken" in page.locator("#not-allowed").inner_text()


# The catalogue.


def test_search_and_chips_filter_at_once(visit: Visit) -> None:
    page = visit().context.new_page()
    page.goto("/lab/")
    cards = page.locator(".attack:visible")
    everything = cards.count()
    page.get_by_label("Search attacks").press_sequentially("memory")
    expect(page).to_have_url(re.compile(r"/lab/\?q=memory$"))
    some = cards.count()
    assert 0 < some < everything
    page.get_by_role("link", name="Hard", exact=True).click()
    expect(page).to_have_url(re.compile(r"/lab/\?level=hard&q=memory$"))
    assert 0 < cards.count() < some
    assert page.get_by_role("link", name="Hard", exact=True).get_attribute("aria-current") == "true"
    found = [card.get_attribute("data-text") for card in cards.all()]
    page.reload()  # the address says the same to the server
    assert [card.get_attribute("data-text") for card in cards.all()] == found
    page.get_by_label("Search attacks").fill("no such attack")
    expect(page.get_by_text("No attack matches.")).to_be_visible()
    page.locator("#clear").click()
    expect(cards).to_have_count(everything)
    expect(page).to_have_url(re.compile(r"/lab/$"))


def test_filters_work_without_a_script(visit: Visit) -> None:
    page = visit(java_script_enabled=False).context.new_page()
    page.goto("/lab/")
    page.get_by_label("Search attacks").fill("memory")
    page.get_by_role("button", name="Search").click()
    page.wait_for_url("**q=memory**")
    page.get_by_role("link", name="Hard", exact=True).click()
    page.wait_for_url("**level=hard**")
    titles = page.locator(".attack:visible h4").all_inner_texts()
    assert "Take the host's huge pages" in titles
    assert "Memory bomb" not in titles


# The matrix.


@pytest.fixture
def matrix(visit: Visit) -> Page:
    page = visit(viewport={"width": 1024, "height": 800}).context.new_page()
    page.goto("/lab/matrix/")
    return page


def test_matrix_keeps_its_head_and_its_first_column(matrix: Page) -> None:
    frame = matrix.locator(".matrix-frame")
    head = matrix.locator(".matrix thead .head", has_text="Memory limit")
    row = matrix.locator(".matrix th[scope=row]", has_text="Forge the result")
    frame.evaluate("(frame) => frame.scrollTo(frame.scrollWidth, frame.scrollHeight)")
    box, top, left = (present(part.bounding_box()) for part in (frame, head, row))
    assert box["y"] <= top["y"] < box["y"] + 60
    assert box["x"] <= left["x"] < box["x"] + 10
    assert matrix.evaluate("scrollY") == 0


def test_matrix_marks_row_and_column_of_the_cell_under_the_pointer(matrix: Page) -> None:
    matrix.locator("a[href='fork-bomb/pids-cgroup/']").first.hover()
    expect(matrix.locator(".matrix th.on")).to_have_text(["Process limit", "Fork bomb"])


def test_matrix_moves_between_cells_by_arrow_keys(matrix: Page) -> None:
    matrix.locator(".matrix td a[href='memory-bomb/memory-cgroup/']").focus()
    matrix.keyboard.press("ArrowDown")
    matrix.keyboard.press("ArrowRight")
    here = matrix.evaluate("document.activeElement.getAttribute('href')")
    assert here == "memory-in-pieces/no-swap/"
    assert "Escape" not in matrix.locator(".matrix th[scope=row].on").inner_text()
    assert matrix.locator(".matrix td a[tabindex='0']").count() == 1


def test_cell_of_the_matrix_opens_what_was_seen(matrix: Page) -> None:
    matrix.locator(".matrix td a[href='memory-bomb/memory-cgroup/']").focus()
    matrix.keyboard.press("Enter")
    matrix.wait_for_url("**/lab/matrix/memory-bomb/memory-cgroup/")
    text = matrix.locator("main").inner_text()
    assert "With a weaker layer: Memory limit" in text
    assert "The attack succeeded: “take 300 MiB”" in text


def test_matrix_is_a_list_on_a_phone(visit: Visit) -> None:
    page = visit(viewport={"width": 390, "height": 800}).context.new_page()
    page.goto("/lab/matrix/")
    expect(page.locator(".matrix")).not_to_be_visible()
    page.locator(".matrix-list a[href='memory-bomb/memory-cgroup/']").click()
    page.wait_for_url("**/lab/matrix/memory-bomb/memory-cgroup/")


# What an attack must not do to its reader.


def test_attack_on_the_reader_does_nothing_on_any_page(admin: Page) -> None:
    page = attack(admin, "stored-script")
    page.get_by_text("Show the evidence").click()
    assert "<script>document" in page.locator("main").inner_text()
    assert page.evaluate(ATTACKED) is None
    submission = page.url.rstrip("/").rpartition("/")[2]
    page.goto(f"{LIST}{submission}/change/")
    assert "<script>document" in page.locator("#content").inner_text()
    assert page.evaluate(ATTACKED) is None


def test_attack_can_be_taken_to_the_playground(admin: Page) -> None:
    admin.goto("/lab/environment-js/")
    form = admin.locator("form#edit")
    sent = {name: form.locator(f"[name={name}]").input_value() for name in ("code", "language")}
    assert sent["language"] == "javascript"
    assert sent["code"].startswith("// Reads the environment")


def test_administrator_reviews_what_was_tried(admin: Page) -> None:
    attack(admin, "environment", weaken="environment")
    admin.goto(f"{LIST}?weakened=yes")
    assert "environment" in admin.locator("#result_list").inner_text()
    admin.get_by_role("link", name="Overview").click()
    admin.wait_for_url("**/admin/")
    expect(admin.locator("#content")).to_contain_text("Who hit which limit")
    assert admin.locator("svg rect").count() > 0
    assert findings(admin, "#content") == []


def test_export_leaves_as_a_file(admin: Page) -> None:
    attack(admin, "swap")
    admin.goto(LIST)
    admin.locator("summary", has_text="Export").click()
    with admin.expect_download() as download:
        admin.get_by_role("link", name="CSV", exact=True).click()
    assert download.value.suggested_filename == "submissions.csv"
