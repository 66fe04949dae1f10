"""The table at the end of a comparison: programs, and differences that are meant."""

from collections import Counter

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    compared: Counter[tuple[str, str]] = Counter()
    for outcome in ("passed", "failed", "error"):
        for report in terminalreporter.stats.get(outcome, ()):
            for key, value in getattr(report, "user_properties", ()):
                if key == "semantics" and (report.when == "call" or outcome == "error"):
                    language, is_meant = value
                    compared[
                        language, "meant" if is_meant and outcome == "passed" else outcome
                    ] += 1
    if not compared:
        return
    columns = ("passed", "meant", "failed", "error")
    terminalreporter.section("sandbox against the plain runtime")
    terminalreporter.line(f"{'':12}{'same':>8}{'meant':>8}{'differ':>8}{'error':>8}")
    for language in sorted({language for language, _ in compared}):
        counts = "".join(f"{compared[language, column]:8}" for column in columns)
        terminalreporter.line(f"{language:12}{counts}")
