"""What is wrong with the machine is in the log from the start on."""

from pathlib import Path

import pytest

from executor import checks
from submissions.dispatch.host import warn_of_the_machine


@pytest.mark.docker
@pytest.mark.parametrize(("pattern", "words"), [("|/bin/x", "as root"), ("@/run/x", "socket")])
def test_machine_that_handles_crashes_in_a_dangerous_way_is_named(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    pattern: str,
    words: str,
) -> None:
    file = tmp_path / "core_pattern"
    file.write_text(pattern)
    monkeypatch.setattr(checks, "CORE_PATTERN", file)
    warn_of_the_machine()
    (found,) = [one.getMessage() for one in caplog.records if "core_pattern" in one.getMessage()]
    assert words in found
