"""Makes docs/layers.svg, the drawing of the layers for documents, from the pages' template and styles.

.venv/bin/python -m tools.picture
"""

import os
import re
from pathlib import Path

import django
from django.template.loader import render_to_string

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "docs" / "layers.svg"
STYLES = ROOT / "submissions" / "static" / "submissions"


def picture() -> str:
    """Render the drawing as an SVG of its own: with its colours, without links."""
    page = render_to_string("lab/drawing.html", {})
    drawing = re.search(r'<svg class="rings.*?</svg>', page, re.DOTALL)
    if drawing is None:
        raise ValueError("templates/lab/drawing.html has no drawing")
    text = re.sub(r' (aria-[a-z]+|tabindex|role)="[^"]*"| href="/[^"]*"', "", drawing[0])
    text = re.sub(r"<(/?)a\b", r"<\1g", text)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    opened = lines[0].replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"')
    return "\n".join([opened, f"<style>\n{style()}\n</style>", *lines[1:]]) + "\n"


def style() -> str:
    """Collect the tokens and the rules of the drawing. Those for narrow pages are left out."""
    tokens = re.search(
        r":root \{.*?^\}", (STYLES / "site.css").read_text(), re.DOTALL | re.MULTILINE
    )
    rules = (STYLES / "layers.css").read_text().partition("@container")[0].splitlines()
    drawing = [rule for rule in rules if rule.startswith((".rings", ".ring-"))]
    return "\n".join([tokens[0] if tokens else "", *drawing])


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    FILE.write_text(picture())
