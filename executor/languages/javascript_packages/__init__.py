"""JavaScript with packages of npm (package.json)."""

from dataclasses import replace

from ..javascript import LANGUAGE as JAVASCRIPT

LANGUAGE = replace(
    JAVASCRIPT,
    slug="javascript-packages",
    label="JavaScript (packages)",
    extends="javascript",
    idle_share=0.5,
    note="Packages of npm, for require() and import alike.",
)
