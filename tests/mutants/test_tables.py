"""The tables of the mutation run agree with the code: a module that moves does not fall out of it."""

import ast
from typing import Any

import pytest

from tests.mutants.__main__ import EXPLAINED
from tests.mutants.sabotages import Sabotage, read
from tests.mutants.targets import TARGETS
from tests.support.documents import ROOT


def test_every_module_and_its_tests_exist() -> None:
    named = [*TARGETS, *(test for tests in TARGETS.values() for test in tests)]
    assert [name for name in named if not (ROOT / name).is_file()] == []


@pytest.mark.parametrize("entry", EXPLAINED, ids=lambda entry: entry["line"])
def test_line_of_an_equivalent_mutant_exists_and_has_a_reason(entry: dict[str, Any]) -> None:
    lines = (ROOT / entry["module"]).read_text().splitlines()
    assert entry["module"] in TARGETS
    assert entry["line"] in [line.strip() for line in lines]
    assert entry["because"]


@pytest.mark.parametrize("one", read(), ids=lambda one: one.what)
def test_sabotage_has_its_place_in_the_code_and_a_test(one: Sabotage) -> None:
    content = one.content()
    if one.file.endswith(".py"):
        ast.parse(content)
    file, _, names = one.test.partition("[")[0].partition("::")
    defined = {
        node.name
        for node in ast.walk(ast.parse((ROOT / file).read_text()))
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }
    assert set(names.split("::")) - {""} <= defined
