"""Files that a person chooses or drops in the playground, for the program."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.support.browser import Visit
from tests.support.playground import open_playground, output, run, status

CODE = "import csv; print(sum(int(row[1]) for row in csv.reader(open('big.csv'))), open('b.txt').read())"
DROP = """([name, size]) => {
  const given = new DataTransfer();
  given.items.add(new File(["a,1\\n".repeat(size / 4)], name));
  for (const kind of ["dragover", "drop"]) {
    document.querySelector(".editor").dispatchEvent(
      new DragEvent(kind, { dataTransfer: given, bubbles: true, cancelable: true }));
  }
}"""


def drop(page: Page, name: str, size: int) -> None:
    page.evaluate(DROP, [name, size])


def test_table_of_three_megabytes_is_dropped_and_read_by_runs(carol: Visit, tmp_path: Path) -> None:
    page = open_playground(carol(), CODE)
    drop(page, "big.csv", 3_000_000)
    files = page.get_by_role("region", name="Beside the program")
    item = files.get_by_role("listitem")
    expect(item).to_contain_text("big.csv 2.9 MiB, uploaded")
    expect(files.get_by_role("status")).to_have_text("big.csv: uploaded")
    small = tmp_path / "b.txt"
    small.write_text("and one more")
    files.get_by_label("Files to upload").set_input_files(small)
    expect(item).to_have_count(2)
    expect(item.last).to_contain_text("b.txt 12 bytes, uploaded")
    expect(files).to_contain_text("2 files, 2.9 MiB of 8 MiB")
    for _ in range(2):  # the second run uploads nothing
        run(page)
        expect(status(page)).to_contain_text("OK")
        expect(output(page)).to_have_text("750000 and one more")
    files.get_by_role("button", name="Remove b.txt").click()
    expect(item).to_have_count(1)
    expect(files.get_by_role("button", name="Add files")).to_be_focused()
    run(page)
    expect(status(page)).to_contain_text("FileNotFoundError")


def test_file_that_does_not_arrive_says_why_and_holds_the_run(carol: Visit) -> None:
    visitor = carol()
    visitor.expected = ("status of 503", "status of 400", "Failed to load resource")
    page = open_playground(visitor, "print(1)")
    answers: list[Any] = [
        {"status": 503, "headers": {"Retry-After": "3"}, "json": {"detail": "The server is busy."}},
        {"status": 400, "json": {"detail": "name: Send a relative path."}},
    ]
    page.route("**/api/files/*", lambda route: route.fulfill(**answers.pop(0)))
    files = page.get_by_role("region", name="Beside the program")
    drop(page, "odd.csv", 400)
    expect(files).to_contain_text("the site is busy; trying again in 3 s")
    expect(files).to_contain_text("odd.csv 400 bytes, name: Send a relative path.")
    drop(page, "huge.csv", 9 * 2**20)
    expect(files).to_contain_text("huge.csv 9 MiB, too large: at most 8 MiB")
    button = page.get_by_role("button", name="Run", exact=True)
    expect(button).to_have_attribute("aria-disabled", "true")
    button.click(force=True)
    expect(status(page)).to_contain_text("odd.csv is not uploaded. Remove it.")
    for name in ("odd.csv", "huge.csv"):
        files.get_by_role("button", name=f"Remove {name}").click()
    run(page)
    expect(output(page)).to_have_text("1")
    assert not answers
