"""Which runtimes EXECUTOR_BOOT lets a slot fork."""

from dataclasses import replace
from typing import Any

import pytest

from executor import LANGUAGES, default_limits, offered
from executor.conf import config
from executor.pool.creation import Creator
from executor.pool.holdings import Holdings

pytestmark = pytest.mark.docker  # it looks up images


class Seen(Exception):
    """Ends a creation before the engine is asked."""


def processes_in(boot: str, slug: str) -> int:
    """Return how many processes a slot may have beyond a program's, which are the zygote's."""
    seen: list[dict[str, Any]] = []

    def look(spec: dict[str, Any]) -> dict[str, Any]:
        seen.append(spec)
        raise Seen

    creator = Creator(replace(config(), boot=boot), Holdings("test"))
    with pytest.raises(Seen):
        creator.create(LANGUAGES[slug], default_limits(), read_only=True, nested=True, weaken=look)
    [spec] = seen
    return int(spec["HostConfig"]["PidsLimit"])


def test_fork_makes_room_for_each_languages_zygote() -> None:
    more = {slug: processes_in("fork", slug) - processes_in("exec", slug) for slug in offered()}
    assert more == {slug: language.zygote_processes for slug, language in offered().items()}
    assert more["python"] == 1
    assert more["javascript"] == more["typescript"] > 1
