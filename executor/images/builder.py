"""Builds the sandbox images, for `manage.py build_images` only. It runs no user's code.

Beside sandbox/engine.py this is the only module that calls Docker: a build needs a client that streams
and waits for an hour, a run needs one that gives up after seconds.
"""

import hashlib
import io
import json
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import requests
from docker import APIClient
from docker.errors import APIError, DockerException, ImageNotFound
from docker.utils import kwargs_from_env

from ..errors import EngineError
from ..languages import LANGUAGES, Language
from ..sandbox.engine import Client
from ..sandbox.spec import LABEL_PACKAGES, LABEL_RUNTIME, LABEL_SOURCE
from .packages import LOCK, modules, packages_of
from .wheels import REQUIREMENTS, wheels

ROOT = Path(__file__).resolve().parents[2]
SHARED = (
    "executor/images/etc",
    "executor/images/prune.sh",
    "executor/images/compile_filter.py",
    "executor/sandbox/seccomp.json",
    "executor/sandbox/supervisor",
)
"""Part of each language's build context, under its last name in shared/."""
RECIPE = ("executor/images/head.Dockerfile", "executor/images/tail.Dockerfile")
"""The parts before and after the language's Dockerfile."""
NOT_IN_THE_IMAGE = ("__init__.py", "diagnostics.py", "hints.toml", "programs", "__pycache__")
"""Files in a language's folder that only the host reads: a change of them rebuilds nothing."""
OFFICIAL_BASE = "debian:{}-slim"
"""Name of the official image of a release of Debian."""
ENVIRONMENT = "environment"
"""Where an environment's own files are in the build's context, beside those of the language that it
extends; also the last stage of its Dockerfile."""
PUBLIC = 0o022
"""The umask of commands whose files go into an image or the system; that of this process is stricter."""

REGISTRY_SECONDS = 20
"""How long a registry may stay silent before we build without it."""

Show = Callable[[str], None]
"""Shows a line of progress."""


class ImageBuilder:
    """Builds images named <prefix>-<language> on the engine that the environment names."""

    def __init__(self, prefix: str, show: Show) -> None:
        self._prefix = prefix
        self._show = show
        with translated():
            self._client: APIClient = Client(version="auto", timeout=3600, **kwargs_from_env())

    def is_up_to_date(self, language: Language) -> bool:
        labels = self._labels(f"{self._prefix}-{language.slug}")
        return labels.get(LABEL_SOURCE) == source_hash(language) and LABEL_RUNTIME in labels

    def build(self, language: Language, base: str, cache: Path) -> str:
        """Build and tag the language's image; return the version that its runtime prints.

        The cache keeps the wheels that it needs from the network.
        """
        with translated():
            context = image_sources(language) | self._fetched(language, cache)
            arguments = {"BASE": base} | ({"LAST": ENVIRONMENT} if language.extends else {})
            built = self._build(_tar(context), buildargs=arguments)
            runtime = self._output_of(built, language.version_command)
            packages = json.dumps(packages_of(folder_of(language)))
            labels = {
                LABEL_SOURCE: source_hash(language),
                LABEL_RUNTIME: runtime,
                LABEL_PACKAGES: packages,
            }
            name = f"{self._prefix}-{language.slug}"
            self._build(_tar({"Dockerfile": f"FROM {built}\n".encode()}), labels=labels, tag=name)
            return runtime

    def base(self, suite: str, *, renew: bool) -> str:
        """Find or make the root file system to build on: the official image, else a bootstrapped one."""
        official, own = OFFICIAL_BASE.format(suite), f"{self._prefix}-base:{suite}"
        with translated():
            for name in () if renew else (official, own):
                if self._exists(name):
                    return name
            if self._pull(official):
                return official
            self._show(f"no registry answers; bootstrapping Debian {suite} from its packages")
            self._bootstrap(own, suite)
            return own

    def _fetched(self, language: Language, cache: Path) -> dict[str, bytes]:
        """Fetch what the image takes from the indexes of packages, by its name in the build's context."""
        found: dict[str, bytes] = {}
        for place, folder in folders_of(language).items():
            fetched: dict[str, bytes] = {}
            if (required := folder / REQUIREMENTS).exists():
                python = language.wheels_for if place else ""
                fetched |= wheels(required, self._machine(), cache, self._show, python=python)
            if (folder / LOCK).exists():
                fetched |= modules(folder, cache, self._show)
            found |= {str(Path(place) / name): content for name, content in fetched.items()}
        return found

    def _machine(self) -> str:
        """Return the architecture of the engine's machine, by the name that Python packages use."""
        architecture: str = self._client.version()["Arch"]
        return {"amd64": "x86_64", "arm64": "aarch64"}.get(architecture, architecture)

    def _exists(self, name: str) -> bool:
        try:
            self._client.inspect_image(name)
        except ImageNotFound:
            return False
        return True

    def _labels(self, name: str) -> dict[str, str]:
        with translated():
            try:
                found: dict[str, Any] = self._client.inspect_image(name)
            except ImageNotFound:
                return {}
        return found["Config"]["Labels"] or {}

    def _pull(self, name: str) -> bool:
        self._show(f"requesting the official image {name}")
        impatient = Client(version="auto", timeout=REGISTRY_SECONDS, **kwargs_from_env())
        try:
            for message in impatient.pull(name, stream=True, decode=True):
                if "error" in message:
                    return False
        except (APIError, requests.RequestException):
            return False
        return self._exists(name)

    def _bootstrap(self, name: str, suite: str) -> None:
        _install_mmdebstrap(suite, self._show)
        # As root: an ordinary user would need a range of user ids of their own, and helpers for it.
        command = (
            f". scripts/as-root; exec ${{as_root-}} mmdebstrap --quiet --variant=minbase {suite} -"
        )
        with subprocess.Popen(  # noqa: S603
            ["/bin/sh", "-c", command], cwd=ROOT, stdout=subprocess.PIPE, umask=PUBLIC
        ) as process:
            self._client.import_image_from_stream(
                process.stdout, repository=name.partition(":")[0], tag=suite
            )
        if process.returncode:
            # The engine takes even an empty stream for an image, and every later build would use it.
            with suppress(APIError):
                self._client.remove_image(name, force=True)
            raise EngineError(f"mmdebstrap failed with exit code {process.returncode}")

    def _build(self, tar: io.BytesIO, **options: Any) -> str:
        """Run a build, show its steps, and return the image's id."""
        image = ""
        # On the host's network: the engine may have no other, and only the build uses it.
        for message in self._client.build(
            fileobj=tar, custom_context=True, rm=True, network_mode="host", decode=True, **options
        ):
            if "error" in message:
                raise EngineError(f"the build failed: {message['error'].strip()}")
            image = message.get("aux", {}).get("ID", image)
            if (line := message.get("stream", "").strip()).startswith("Step "):
                self._show(line)
        return image

    def _output_of(self, image: str, command: tuple[str, ...]) -> str:
        """Run a command in a throw-away container without a network; return what it prints."""
        container = self._client.create_container(
            image, entrypoint=list(command), network_disabled=True
        )
        try:
            self._client.start(container)
            if self._client.wait(container)["StatusCode"] != 0:
                raise EngineError(f"{' '.join(command)} failed in the new image")
            return self._client.logs(container).decode().strip()
        finally:
            self._client.remove_container(container, force=True)


def source_hash(language: Language) -> str:
    """Hash everything that goes into the language's image, names included."""
    arguments = (language.version_command, language.source, language.suite)
    digest = hashlib.sha256(repr(arguments).encode())
    for name, content in image_sources(language).items():
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def folder_of(language: Language) -> Path:
    return ROOT / "executor" / "languages" / language.folder


def folders_of(language: Language) -> dict[str, Path]:
    """Return the folders of which a language's image is built, by their places in the build's context."""
    if not language.extends:
        return {"": folder_of(language)}
    return {"": folder_of(LANGUAGES[language.extends]), ENVIRONMENT: folder_of(language)}


def image_sources(language: Language) -> dict[str, bytes]:
    """Read the files from which a language's image is built, by their names in the build's context."""
    sources: dict[str, bytes] = {}
    for place, folder in folders_of(language).items():
        sources |= _files(folder, name=place)
    own = sources.pop(f"{ENVIRONMENT}/Dockerfile", b"")
    for shared in SHARED:
        sources |= _files(ROOT / shared, name=f"shared/{Path(shared).name}")
    head, tail = ((ROOT / part).read_bytes() for part in RECIPE)
    return sources | {"Dockerfile": head + sources["Dockerfile"] + own + tail}


def _files(root: Path, *, name: str) -> dict[str, bytes]:
    """Read a file, or all files in a folder; return them by path, with `name` in place of `root`."""
    found = [root] if root.is_file() else sorted(root.rglob("*"))
    return {
        str(Path(name) / path.relative_to(root)): path.read_bytes()
        for path in found
        if path.is_file() and not set(path.relative_to(root).parts) & set(NOT_IN_THE_IMAGE)
    }


def _tar(files: dict[str, bytes]) -> io.BytesIO:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o644
            archive.addfile(member, io.BytesIO(content))
    buffer.seek(0)
    return buffer


def _install_mmdebstrap(suite: str, show: Show) -> None:
    """Install mmdebstrap if it is missing. Raises EngineError if this system can't."""
    if shutil.which("mmdebstrap"):
        return
    if not shutil.which("apt-get"):
        raise EngineError(
            f"no registry has {OFFICIAL_BASE.format(suite)}, and mmdebstrap is not installed;"
            f" load that image into the engine, or install mmdebstrap"
        )
    show("installing mmdebstrap from the distribution")
    install = (
        "apt-get update -qq && DEBIAN_FRONTEND=noninteractive"
        " apt-get install -y -qq --no-install-recommends mmdebstrap"
    )
    subprocess.run(  # noqa: S603
        ["/bin/sh", "-c", f". scripts/as-root; $as_root sh -c '{install}' >/dev/null"],
        cwd=ROOT,
        check=True,
        stderr=sys.stderr,
        umask=PUBLIC,
    )


@contextmanager
def translated() -> Iterator[None]:
    """Translate the exceptions of Docker and of the system into ours."""
    try:
        yield
    except (DockerException, requests.RequestException, OSError) as error:
        raise EngineError(f"the Docker engine: {error}") from error
    except subprocess.CalledProcessError as error:
        raise EngineError(f"a command failed: {error}") from error
