"""A run's files, by programs that attack their collecting: nothing but its own regular files comes out,
bounded in each way, in a container each and in slots. Without a protection the attack gets through."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from docker import APIClient
from docker.utils import kwargs_from_env

from executor import LANGUAGES, Verdict
from executor.conf import config
from executor.files import LeftOut
from executor.images.builder import ImageBuilder
from executor.sandbox.container import Report
from executor.sandbox.output import Output
from executor.verdicts import classify
from tests.support.box_attacks import HOSTILE, INPUTS, Hostile
from tests.support.boxes import Boxes, boxes
from tests.support.slots import skip_without_slots
from tests.support.supervisor.harness import SOURCES

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("files")]


def attack(lane: Boxes, hostile: Hostile) -> tuple[Report, Output]:
    return lane.run(hostile.program, limits=dict(hostile.limits), files=INPUTS, outputs=True)


def difference(hostile: Hostile, report: Report, output: Output) -> str:
    """Say how the end differs from what it must be; empty if it does not."""
    got = {file.name: file.content for file in report.files}
    counts = {name: getattr(report.left_out, name) for name in LeftOut.__slots__}
    checks = {
        "verdict": classify(report.evidence) is hostile.verdict,
        "stdout": hostile.stdout in (None, output.stdout.text),
        "files": hostile.files(got)
        if callable(hostile.files)
        else got.keys() == hostile.files.keys()
        and all(content in (got[name], len(got[name])) for name, content in hostile.files.items()),
        "left out": all(
            expected(counts[name]) if callable(expected) else counts[name] == expected
            for name, expected in (dict.fromkeys(counts, 0) | dict(hostile.left_out)).items()
        ),
        "order": list(got) == sorted(got, key=str.encode),
    }
    wrong = [name for name, holds in checks.items() if not holds]
    sizes = {name: len(content) for name, content in got.items()}
    shown = (classify(report.evidence), output.stdout.text[:300], output.stderr.text[-500:])
    return f"{wrong} {shown} {sizes} {report.left_out}" if wrong else ""


@pytest.mark.parametrize("slug", HOSTILE)
def test_only_regular_files_of_the_run_come_out(instance: str, slug: str) -> None:
    with boxes(nested=False, instance=instance) as lane:
        assert not difference(HOSTILE[slug], *attack(lane, HOSTILE[slug]))


def test_only_regular_files_of_the_run_come_out_of_slots(instance: str) -> None:
    skip_without_slots()
    with boxes(nested=True, instance=instance) as lane:
        ends = {slug: difference(one, *attack(lane, one)) for slug, one in HOSTILE.items()}
        assert lane.again > len(HOSTILE) / 2
    assert not {slug: end for slug, end in ends.items() if end}


# --- Without a protection ---

BROKEN = {
    "follows-links": (
        (
            ("box_out.c", "AT_SYMLINK_NOFOLLOW", "0"),
            ("box_in.c", "O_NOFOLLOW | O_NONBLOCK | O_NOCTTY", "O_NONBLOCK"),
        ),
        "links",
    ),
    "takes-what-is-no-file": (
        (
            ("box_out.c", "!is_directory && !S_ISREG(status.st_mode)", "false"),
            ("box_out.c", " || !S_ISREG(status.st_mode))", ")"),
        ),
        "pipes-sockets-devices",
    ),
    "heeds-modes": (
        (("box_out.c", "fchmodat(directory, name, is_directory ? 0700 : 0600, 0);", ""),),
        "mode-000",
    ),
    "heeds-the-mode-of-the-box": ((("box_out.c", "fchmod(box, 0700);", ""),), "box-taken-away"),
    "compares-no-content": (
        (("box_in.c", "n == 0 && sum == one->sum", "true"),),
        "input-changed-by-mapping",
    ),
    "sends-any-size": (
        (("box_out.c", "status.st_size > request->most_file_bytes", "false"),),
        "sparse-files",
    ),
    "sends-any-sum": (
        (("box_out.c", "bytes + status.st_size > request->most_sent_bytes", "false"),),
        "more-than-all-together",
    ),
    "goes-deeper": ((("box.h", "#define MAX_DEPTH 8 ", "#define MAX_DEPTH 40 "),), "deep-folders"),
}
"""By supervisor: the changes of its source, and the attack that then gets through, or at least to the
host, which refuses what is beyond its own bounds."""
DOCKERFILE = """
FROM {base}
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev
COPY . /build/
RUN cd /build/same && gcc -std=gnu17 -c *.c
RUN cd /build/broken && for one in *; do \\
        gcc -std=gnu17 -static -I ../same -o ../$one.supervisor $one/*.c ../same/*.o; done
FROM {image}
COPY --from=0 /build/*.supervisor /sandbox/
"""


def _write_broken(place: Path) -> None:
    """Write what is broken of each supervisor into a folder of its own, and what all have."""
    (place / "same").mkdir()
    for source in (*SOURCES.glob("*.c"), *SOURCES.glob("*.h")):
        if source.stem != "nss_sandbox" and not source.stem.startswith("box"):
            shutil.copy(source, place / "same")
    shutil.copy(SOURCES / "box.h", place / "same")
    for slug, (changes, _) in BROKEN.items():
        (place / "broken" / slug).mkdir(parents=True)
        for source in SOURCES.glob("box*"):
            text = source.read_text()
            for name, old, new in changes:
                if name == source.name:
                    assert text.count(old) == 1, (slug, old)
                    text = text.replace(old, new)
            (place / "broken" / slug / source.name).write_text(text)


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Build the Python sandbox's image with broken supervisors beside its own."""
    name, like = f"test-{uuid4().hex[:12]}-python", f"{config().image_prefix}-python"
    place = tmp_path_factory.mktemp("broken")
    _write_broken(place)
    base = ImageBuilder(config().image_prefix, print).base(LANGUAGES["python"].suite, renew=False)
    (place / "Dockerfile").write_text(DOCKERFILE.format(base=base, image=like))
    client = APIClient(version="auto", timeout=600, **kwargs_from_env())
    said = list(
        client.build(path=str(place), tag=name, forcerm=True, network_mode="host", decode=True)
    )
    assert [message for message in said if "error" in message] == []
    yield name
    client.remove_image(name, noprune=True)
    client.close()


@pytest.mark.long  # it builds an image: `make test-sabotage`
@pytest.mark.parametrize("slug", BROKEN)
def test_without_its_protection_the_attack_is_not_contained(
    instance: str, broken: str, slug: str
) -> None:
    hostile = HOSTILE[BROKEN[slug][1]]
    supervisor = f"/sandbox/{slug}.supervisor"
    with boxes(nested=False, instance=instance, image=broken, supervisor=supervisor) as lane:
        report, output = attack(lane, hostile)
    assert report.evidence.reported
    assert difference(hostile, report, output)
    print(difference(hostile, report, output))


@pytest.mark.long
def test_transfer_that_breaks_off_keeps_the_verdict_and_ends_the_slot(
    instance: str, broken: str
) -> None:
    skip_without_slots()
    supervisor = "/sandbox/sends-any-sum.supervisor"
    with boxes(nested=True, instance=instance, image=broken, supervisor=supervisor) as lane:
        report, _ = attack(lane, HOSTILE["more-than-all-together"])
        assert classify(report.evidence) is Verdict.OK
        assert (report.files, report.left_out) == ((), LeftOut(lost=1))
        attack(lane, HOSTILE["attributes"])
        assert lane.again == 0
        attack(lane, HOSTILE["attributes"])
        assert lane.again == 1


def _executable(spec: dict[str, Any]) -> None:
    mounts = spec["HostConfig"]["Tmpfs"]
    mounts["/box"] = mounts["/box"].replace("noexec", "exec")


def test_without_noexec_a_file_among_them_is_executed(instance: str) -> None:
    hostile = HOSTILE["runs-what-it-writes"]
    with boxes(nested=False, instance=instance, weaken=_executable) as lane:
        _, output = attack(lane, hostile)
    assert "BREACH" in output.stdout.text
