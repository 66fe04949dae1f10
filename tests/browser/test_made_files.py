"""What a program leaves in its folder, beside its output."""

import re
from base64 import b64encode

from playwright.sync_api import expect

from tests.support.browser import Visit
from tests.support.playground import open_playground, run, status

PNG = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0\x1f\x15\xc4\x89\0\0\0\rIDATx\xdac\xf8\xcf"
    b"\xc0\xf0\x1f\0\5\0\1\xff\x89\x99=\x1d\0\0\0\0IEND\xaeB`\x82"
)
CODE = f"""
import base64, os
open("plot.png", "wb").write(base64.b64decode("{b64encode(PNG).decode()}"))
open("page.html", "w").write("<script>alert(1)</script>")
open("x.svg", "w").write("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>")
os.symlink("/etc/passwd", "link")
"""


def test_image_is_seen_and_all_files_can_be_saved_here_and_on_the_runs_page(carol: Visit) -> None:
    page = open_playground(carol(), CODE)
    page.get_by_text("Input and options").click()
    page.get_by_label("Give back the files").check()
    run(page)
    files = page.get_by_role("region", name="Files")
    for _ in range(2):
        expect(files.get_by_role("link")).to_have_text(["page.html", "plot.png", "x.svg"])
        image = files.get_by_role("img", name="plot.png")
        expect(image).to_have_js_property("naturalWidth", 1)
        expect(files.locator("img")).to_have_count(1)
        expect(files).to_contain_text("Not kept: not a regular file (1).")
        with page.expect_download() as saved:
            files.get_by_role("link", name="page.html").click()
        assert saved.value.suggested_filename == "page.html"
        if page.url.endswith("/playground/"):
            expect(status(page)).to_contain_text("OK")
            page.get_by_role("link", name="View this run").click()
            page.wait_for_url(re.compile("/submissions/"))
            files = page.get_by_role("region", name="Output")


def test_next_run_shows_no_files_of_the_last(carol: Visit) -> None:
    page = open_playground(carol(), "open('a', 'w')")
    page.get_by_text("Input and options").click()
    page.get_by_label("Give back the files").check()
    run(page)
    expect(page.get_by_role("region", name="Files")).to_contain_text("a")
    page.get_by_label("Give back the files").uncheck()
    run(page)
    expect(page.get_by_role("region", name="Files")).to_be_hidden()
