"""Files of a run: what goes in, where the program finds it, what comes out. Attacks on it are in
tests/security/test_files.py."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executor import File, InvalidRequest, RunRequest, Verdict, default_limits, execute
from executor.files import (
    DEPTH,
    MOST_BYTES_IN,
    MOST_IN,
    MOST_OUT,
    NAME_BYTES,
    LeftOut,
)
from executor.limits import KiB, MiB
from executor.runs import RunResult
from executor.sandbox.box import is_good_name, problem_with
from executor.verdicts import classify
from tests.support.boxes import Boxes, boxes
from tests.support.slots import skip_without_slots


def run(code: str, **fields: Any) -> RunResult:
    return execute(RunRequest(**{"code": code, "limits": default_limits(), **fields}))


def files(**contents: bytes | str) -> tuple[File, ...]:
    return tuple(
        File(name=name.replace("__", "/").replace("_", "."), content=_bytes(content))
        for name, content in contents.items()
    )


def _bytes(content: bytes | str) -> bytes:
    return content.encode() if isinstance(content, str) else content


# --- In a sandbox ---


PROGRAMS = {
    "python": """
import os, sys, helper, pathlib
from sub.more import deep
print(sys.argv, sys.path[0], os.getcwd(), __file__, __name__)
beside = pathlib.Path(__file__).with_name("helper.py")
print(helper.x + deep, open("in/data.csv").read(), beside.exists())
print(sorted(os.listdir("/mnt/data")), open("/app/script.py").read() == open("script.py").read())
pathlib.Path("out").mkdir()
pathlib.Path("/mnt/data/out/plot.png").write_bytes(bytes(range(256)))
open("in/data.csv", "a").write("more")
""",
    "javascript": """
const fs = require('fs'), path = require('path');
const helper = require('./helper'), { deep } = require('./sub/more');
const text = (name) => fs.readFileSync(name, 'utf8'), show = JSON.stringify;
console.log(show(process.argv.slice(1)), path.dirname(__filename), process.cwd(), require.main.filename);
console.log(helper.x + deep, text('in/data.csv'), fs.existsSync(path.join(__dirname, 'helper.js')));
console.log(show(fs.readdirSync('/mnt/data').sort()), text('/app/script.js') === text('script.js'));
fs.mkdirSync('out');
fs.writeFileSync('/mnt/data/out/plot.png', Buffer.from([...Array(256).keys()]));
fs.appendFileSync('in/data.csv', 'more');
""",
    "typescript": """
import fs from 'fs';
import path from 'path';
import * as helper from './helper.ts';
import { deep } from './sub/more.ts';
const file: string = import.meta.filename, folder = path.dirname(file);
const text = (name: string): string => fs.readFileSync(name, 'utf8'), show = JSON.stringify;
console.log(show(process.argv.slice(1)), folder, process.cwd(), file);
console.log(helper.x + deep, text('in/data.csv'), fs.existsSync(path.join(folder, 'helper.ts')));
console.log(show(fs.readdirSync('/mnt/data').sort()), text('/app/script.ts') === text('script.ts'));
fs.mkdirSync('out');
fs.writeFileSync('/mnt/data/out/plot.png', Buffer.from([...Array(256).keys()]));
fs.appendFileSync('in/data.csv', 'more');
""",
}
SENT = {
    "python": files(helper_py="x = 40", sub__more_py="deep = 2", in__data_csv="1,2\n"),
    "javascript": files(
        helper_js="exports.x = 40", sub__more_js="exports.deep = 2", in__data_csv="1,2\n"
    ),
    "typescript": files(
        helper_ts="export const x: number = 40;",
        sub__more_ts="export const deep = 2;",
        in__data_csv="1,2\n",
    ),
}
PRINTED = {
    "python": "['/box/script.py', 'a', 'b'] /box /box /box/script.py __main__\n42 1,2\n True\n"
    "['helper.py', 'in', 'script.py', 'sub'] True\n",
    "javascript": '["/box/script.js","a","b"] /box /box /box/script.js\n42 1,2\n true\n'
    '["helper.js","in","script.js","sub"] true\n',
    "typescript": '["/box/script.ts","a","b"] /box /box /box/script.ts\n42 1,2\n true\n'
    '["helper.ts","in","script.ts","sub"] true\n',
}


@pytest.mark.docker
@pytest.mark.parametrize("language", PROGRAMS)
def test_program_has_its_files_beside_it_and_gives_back_what_it_made(
    lane: Boxes, language: str
) -> None:
    report, output = lane.run(
        PROGRAMS[language], language, files=SENT[language], outputs=True, args=("a", "b")
    )
    assert output.stderr.text == ""
    assert output.stdout.text == PRINTED[language]
    assert {file.name: file.content for file in report.files} == {
        "in/data.csv": b"1,2\nmore",
        "out/plot.png": bytes(range(256)),
    }
    assert not report.left_out


@pytest.mark.docker
def test_slot_keeps_no_file_for_its_next_run(instance: str) -> None:
    skip_without_slots()
    look = "import os; print(os.getcwd(), os.listdir('/box'), os.path.islink('/app/script.py'))"
    with boxes(nested=True, instance=instance) as lane:
        lane.run("open('left', 'w').write('x')", files=files(a="1"), outputs=True)
        _, without = lane.run(look)
        with_files, output = lane.run(look, outputs=True)
        assert lane.again == 2
    assert without.stdout.text == "/app [] False\n"
    assert output.stdout.text == "/box ['script.py'] True\n"
    assert with_files.files == ()


@pytest.mark.docker
def test_run_without_files_cannot_write_among_them() -> None:
    code = "try: open('/mnt/data/x', 'w')\nexcept OSError as error: print(error.errno, __file__)"
    result = run(code)
    assert (result.stdout, result.files) == ("13 /app/script.py\n", ())
    assert result.files_left_out == LeftOut()


@pytest.mark.docker
def test_files_that_nobody_has_asked_for_stay() -> None:
    result = run("open('x', 'w').write(open('a').read())", files=files(a="1"))
    assert (result.verdict, result.files) == (Verdict.OK, ())
    assert not result.files_left_out


@pytest.mark.docker
@pytest.mark.parametrize(
    ("language", "code"),
    [("python", "\n1/0"), ("javascript", "\nnull.x"), ("typescript", "\nnull!.x")],
)
def test_error_of_a_run_with_files_names_its_line(language: str, code: str) -> None:
    result = run(code, language=language, outputs=True)
    assert result.error_details is not None
    assert result.error_details.line == 2
    assert result.verdict is Verdict.RUNTIME_ERROR


@pytest.mark.docker
def test_process_of_its_own_starts_among_the_files() -> None:
    code = (
        "import multiprocessing, helper, sys\n"
        "def f(n): print(n, helper.x, __file__); sys.stdout.flush()\n"
        "if __name__ == '__main__':\n"
        "    multiprocessing.set_start_method('spawn')\n"
        "    p = multiprocessing.Process(target=f, args=(1,)); p.start(); p.join()"
    )
    assert run(code, files=files(helper_py="x = 2")).stdout == "1 2 /box/script.py\n"


@pytest.mark.docker
def test_most_that_may_go_in_goes_in() -> None:
    sent = tuple(
        File(name=f"{n}" + "/d" * DEPTH, content=bytes(MOST_BYTES_IN // MOST_IN))
        for n in range(MOST_IN)
    )
    code = "import os; print(sum(len(files) for _, _, files in os.walk('.')), len(input()))"
    result = run(code, files=sent, stdin="x" * MiB + "\n", outputs=True)
    assert result.stdout == f"{MOST_IN + 1} {MiB}\n"
    assert (result.files, bool(result.files_left_out)) == ((), False)


@pytest.mark.docker
def test_most_that_may_come_out_comes_out() -> None:
    code = "for n in range(16): open(f'{n:02}', 'wb').write(bytes([n]) * (512 << 10))"
    result = run(code, outputs=True)
    assert [file.content for file in result.files] == [
        bytes([n]) * 512 * KiB for n in range(MOST_OUT)
    ]


@pytest.mark.docker
def test_full_box_is_a_full_disk() -> None:
    code = "f = open('x', 'wb', 0)\nwhile True: f.write(bytes(65536))"
    assert run(code, outputs=True).verdict is Verdict.DISK_LIMIT_EXCEEDED


@pytest.mark.docker
def test_files_of_a_cancelled_program_do_not_keep_it(lane: Boxes) -> None:
    """A flood of output ends the run from here; its files still come, and its slot serves no other."""
    code = "open('x', 'w').write('1')\nwhile True: print('x' * 1000)"
    report, _ = lane.run(code, outputs=True)
    assert classify(report.evidence) is Verdict.OUTPUT_LIMIT_EXCEEDED
    assert report.files == files(x="1")


# --- Refused before there is a sandbox ---


@pytest.mark.parametrize(
    "name",
    [
        *(
            "",
            ".",
            "..",
            "/etc/passwd",
            "../x",
            "a/../b",
            "a//b",
            "a/",
            "./a",
            "a\0b",
            "a\nb",
            "a\tb",
        ),
        *("a\rb", "\x1b[31m", "\u202egnp", "a\u200bb", "\ud800", "\ufeff", "x" * (NAME_BYTES + 1)),
        *("é" * (NAME_BYTES // 2) + "x", "d/" * (DEPTH + 1) + "x"),
    ],
)
def test_bad_name_is_refused(name: str) -> None:
    assert not is_good_name(name)
    with pytest.raises(InvalidRequest, match="files: a name"):
        run("", files=(File(name=name, content=b""),))


@pytest.mark.parametrize(
    "name",
    [
        *(
            "a",
            "a.b",
            ".hidden",
            "...",
            "-rf",
            "a b",
            "ü/é.txt",
            "x" * NAME_BYTES,
            "C:\\x",
            "a;b|c",
        ),
        *("d/" * DEPTH + "x", "\U0001f469\u200d\U0001f52c.png"),
    ],
)
def test_good_name_is_taken(name: str) -> None:
    assert is_good_name(name)


@given(st.text())
def test_name_that_is_taken_leads_down(name: str) -> None:
    if is_good_name(name):
        assert not name.startswith("/")
        assert not {"", ".", ".."} & set(name.split("/"))
        assert name.encode().decode() == name
        assert len(name.splitlines()) == 1


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (["a", "a"], "the same name"),
        (["script.py"], "of the program"),
        (["script.py/x"], "of a folder"),
        (["a", "a/b"], "of a folder"),
        (["a/b/c", "a/b"], "of a folder"),
        ([str(n) for n in range(MOST_IN + 1)], "at most"),
    ],
)
def test_names_that_cannot_all_be_there_are_refused(names: list[str], reason: str) -> None:
    with pytest.raises(InvalidRequest, match=reason):
        run("", files=tuple(File(name=name, content=b"") for name in names))


@pytest.mark.parametrize(
    ("sizes", "limits", "reason"),
    [
        ([MOST_BYTES_IN + 1], {}, "at most 8 MiB together"),
        ([MiB] * 4 + [1], {"disk_bytes": 4 * MiB}, "disk limit"),
        ([1] * 10, {"disk_bytes": 40 * KiB}, "disk limit"),
        ([1] * 10, {"disk_files": 11}, "disk limit"),
        ([5 * MiB], {"memory_bytes": 16 * MiB}, "memory limit"),
    ],
)
def test_files_that_do_not_fit_are_refused(
    sizes: list[int], limits: dict[str, int], reason: str
) -> None:
    sent = tuple(File(name=str(n), content=bytes(size)) for n, size in enumerate(sizes))
    with pytest.raises(InvalidRequest, match=reason):
        run("x", files=sent, limits=replace(default_limits(), **limits))


@pytest.mark.docker
def test_files_that_just_fit_are_there() -> None:
    """Two inodes are the folder itself and the program, a page is the program's."""
    limits = replace(default_limits(), disk_files=12, disk_bytes=44 * KiB)
    sent = tuple(File(name=f"d/{n}", content=b"1") for n in range(9))
    assert problem_with(RunRequest(code="", files=sent, limits=limits)) is None
    result = run("import os; print(len(os.listdir('d')))", files=sent, limits=limits)
    assert (result.verdict, result.stdout) == (Verdict.OK, "9\n")
