"""The programs in the README, which new users try first."""

import pytest

from executor import Limits, Verdict
from tests.support.present import present
from tests.support.programs import printed, run, run_js

pytestmark = pytest.mark.docker

NO_NETWORK = "There is no network in the sandbox"
READ_ONLY = "/app/script.{} can't be written: the program's own file is read-only (line 1)"
OUT_OF_MEMORY = "Your program needed more than 128 MiB of memory and was stopped"


def test_hello_world() -> None:
    assert printed(run('print("Hello World")')) == "Hello World\n"
    assert printed(run_js('console.log("Hello World")')) == "Hello World\n"


def test_two_and_two_is_four() -> None:
    assert printed(run("print(2 + 2)")) == "4\n"
    assert printed(run_js("console.log(2 + 2)")) == "4\n"


def test_endless_loop_is_ended_after_ten_seconds() -> None:
    result = run("while True: pass")
    assert result.verdict is Verdict.TIME_LIMIT_EXCEEDED
    assert result.error == "Execution timed out after 10 seconds"
    assert result.evidence.deadline_passed


def test_endless_loop_in_javascript_is_ended() -> None:
    result = run_js("while (true);", limits=Limits(wall_seconds=1))
    assert result.verdict is Verdict.TIME_LIMIT_EXCEEDED
    assert result.error == "Execution timed out after 1 second"


def test_string_of_a_gigabyte_is_too_much() -> None:
    for result in (run("x = 'a' * 1000000000"), run_js("x = Buffer.alloc(1000000000, 'a')")):
        assert result.verdict is Verdict.MEMORY_LIMIT_EXCEEDED
        assert result.error == OUT_OF_MEMORY


def test_foreign_modules_are_not_there() -> None:
    result = run("import requests")
    assert (result.verdict, result.exit_code) == (Verdict.RUNTIME_ERROR, 1)
    assert present(result.error).startswith("The module 'requests' is not available here")
    result = run_js("require('axios')")
    assert (result.verdict, result.exit_code) == (Verdict.RUNTIME_ERROR, 1)
    assert present(result.error).startswith("The module 'axios' is not available here")


def test_foreign_module_of_an_es_module_is_not_there_either() -> None:
    result = run_js("import axios from 'axios'")
    assert present(result.error).startswith("The module 'axios' is not available here")


@pytest.mark.parametrize("host", ["example.com", "192.0.2.1", "[2001:db8::1]"])
def test_outside_world_is_out_of_reach(host: str) -> None:
    result = run(f"import urllib.request; urllib.request.urlopen('http://{host}')")
    assert result.verdict is Verdict.RUNTIME_ERROR
    assert present(result.error).startswith(NO_NETWORK)
    result = run_js(f"fetch('http://{host}')")
    assert result.verdict is Verdict.RUNTIME_ERROR
    assert present(result.error).startswith(NO_NETWORK)


def test_etc_passwd_is_the_images_own() -> None:
    lines = printed(run("print(open('/etc/passwd').read(), end='')")).splitlines()
    assert [line.split(":")[0] for line in lines] == ["root", "nobody"]
    code = "process.stdout.write(require('fs').readFileSync('/etc/passwd'))"
    assert printed(run_js(code)).splitlines() == lines


def test_own_source_cannot_be_written() -> None:
    result = run("open('/app/script.py', 'w')")
    assert (result.verdict, result.error) == (Verdict.RUNTIME_ERROR, READ_ONLY.format("py"))
    result = run_js("require('fs').writeFileSync('/app/script.js', '')")
    assert (result.verdict, result.error) == (Verdict.RUNTIME_ERROR, READ_ONLY.format("js"))


def test_own_source_can_be_written_on_request() -> None:
    code = "print(open('/app/script.py', 'w').write('new'), open('/app/script.py').read())"
    assert printed(run(code, read_only=False)) == "3 new\n"
