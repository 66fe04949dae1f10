"""Wheels for a language's image: fetched by pip, checked by hash, kept for the next build."""

import hashlib
from pathlib import Path
from zipfile import ZipFile

import pytest

from executor import EngineError
from executor.images.wheels import wheels

TAGS = {
    "x86_64": "py3-none-manylinux_2_28_x86_64",
    "aarch64": "py3-none-manylinux_2_28_aarch64",
}
METADATA = "Metadata-Version: 2.1\nName: runtime\nVersion: 1.0\n"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a folder of wheels, and let pip look nowhere else."""
    folder = tmp_path / "index"
    folder.mkdir()
    for machine, tag in TAGS.items():
        with ZipFile(folder / f"runtime-1.0-{tag}.whl", "w") as wheel:
            wheel.writestr("runtime-1.0.dist-info/METADATA", METADATA)
            wheel.writestr("runtime-1.0.dist-info/WHEEL", f"Wheel-Version: 1.0\nTag: {tag}\n")
            wheel.writestr("runtime-1.0.dist-info/RECORD", "")
            wheel.writestr("runtime", f"for {machine}")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def requirements(index: Path, tmp_path: Path) -> Path:
    """Name the wheels of all machines by their hashes."""
    hashes = [hashlib.sha256(wheel.read_bytes()).hexdigest() for wheel in index.iterdir()]
    file = tmp_path / "requirements.txt"
    file.write_text(" ".join(["runtime==1.0", *(f"--hash=sha256:{found}" for found in hashes)]))
    return file


@pytest.mark.parametrize("machine", TAGS)
def test_wheel_for_the_engines_machine_is_fetched(
    index: Path, requirements: Path, tmp_path: Path, machine: str
) -> None:
    found = wheels(requirements, machine, tmp_path / "cache", print)
    name = f"runtime-1.0-{TAGS[machine]}.whl"
    assert found == {f"wheels/{name}": (index / name).read_bytes()}


def test_wheel_is_kept_for_builds_without_a_network(
    index: Path, requirements: Path, tmp_path: Path
) -> None:
    lines: list[str] = []
    first = wheels(requirements, "x86_64", tmp_path / "cache", lines.append)
    for wheel in index.iterdir():
        wheel.unlink()
    assert wheels(requirements, "x86_64", tmp_path / "cache", lines.append) == first
    assert len(lines) == 1


def test_wheel_with_another_content_is_refused(
    index: Path, requirements: Path, tmp_path: Path
) -> None:
    for wheel in index.iterdir():
        with ZipFile(wheel, "a") as archive:
            archive.writestr("more", "")
    with pytest.raises(EngineError, match="DO NOT MATCH THE HASHES"):
        wheels(requirements, "x86_64", tmp_path / "cache", print)


def test_kept_wheel_with_another_content_is_fetched_again(
    index: Path, requirements: Path, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    lines: list[str] = []
    first = wheels(requirements, "x86_64", cache, lines.append)
    (kept,) = (cache / "x86_64").iterdir()
    kept.write_bytes(b"changed")
    assert wheels(requirements, "x86_64", cache, lines.append) == first
    assert len(lines) == 2
    assert kept.read_bytes() == next(iter(first.values()))
