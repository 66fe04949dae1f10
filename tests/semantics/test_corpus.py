"""The corpus and its lists are read as they are written."""

from pathlib import Path

from tests.support.semantics.corpus import PARTS, differences, programs, read_program, usual


def test_comments_at_the_top_give_input_and_arguments(tmp_path: Path) -> None:
    path = tmp_path / "greets.js"
    path.write_text('#!/bin/node\n// stdin: "a\\n"\n// repeat: 2\n// args: ["-x", ""]\nfirst();\n')
    program = read_program(path, "javascript")
    assert (program.name, program.stdin, program.args) == (
        "javascript/greets",
        "a\na\n",
        ("-x", ""),
    )


def test_comments_further_down_are_the_programs_own(tmp_path: Path) -> None:
    path = tmp_path / "prints.py"
    path.write_text("\n" * 6 + '# stdin: "a"\n')
    assert read_program(path, "python").stdin == ""


def test_line_ends_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "windows.py"
    path.write_bytes(b"print(1)\r\n")
    assert read_program(path, "python").code == "print(1)\r\n"


def test_lists_name_programs_of_the_corpus() -> None:
    assert {*usual(), *differences()} <= {*programs()}


def test_difference_has_parts_and_a_reason() -> None:
    assert all(one.parts and one.parts <= {*PARTS} for one in differences().values())
    assert all(one.reason for one in differences().values())


def test_protection_has_its_exact_output() -> None:
    locked = [one for one in differences().values() if "/protected_" in one.program]
    assert locked
    assert all(one.sandbox is not None for one in locked)


def test_corpus_holds_no_program_twice() -> None:
    codes = [(program.code, program.stdin) for program in programs().values()]
    assert len(codes) == len(set(codes))
