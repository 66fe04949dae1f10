"""The languages that can be run.

A language is an image plus a command, so it is deployed, not edited in an admin. A new one is an
entry here, a runner in `image/`, a target in the Dockerfile and its tests.
"""

from dataclasses import dataclass

from ..limits import MiB


@dataclass(frozen=True, kw_only=True, slots=True)
class Language:
    """One language and how its runtime is booted in a sandbox."""

    slug: str
    """What the caller writes; also the target in the Dockerfile."""
    label: str
    source: str
    """Name of the program's file in /app."""
    command: tuple[str, ...]
    """The runner that the supervisor boots; it waits for the go and then becomes the program."""
    version_command: tuple[str, ...]
    """Prints the runtime's version in the image."""
    waiting_bytes: int
    """Memory that a waiting sandbox takes of the machine, the engine's part included, rounded up."""
    hello: str
    """A program that prints Hello World: the shortest proof that the image works."""


LANGUAGES: dict[str, Language] = {
    language.slug: language
    for language in (
        Language(
            slug="python",
            label="Python",
            source="script.py",
            command=("/usr/bin/python3", "/sandbox/run_python.py"),
            version_command=("/usr/bin/python3", "--version"),
            waiting_bytes=8 * MiB,
            hello='print("Hello World")\n',
        ),
        Language(
            slug="javascript",
            label="JavaScript",
            source="script.js",
            # The program's file is a link where /app is read-only; it is to be known by its name.
            command=(
                "/usr/bin/node",
                "--snapshot-blob",
                "/sandbox/node.snapshot",
                "--preserve-symlinks",
                "--preserve-symlinks-main",
                "/sandbox/run_node.js",
            ),
            version_command=("/usr/bin/node", "-p", "'Node.js ' + process.version"),
            waiting_bytes=24 * MiB,
            hello='console.log("Hello World")\n',
        ),
    )
}
