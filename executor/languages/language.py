"""What a language is: the fields that its folder fills in."""

from dataclasses import dataclass

from .diagnostics import Diagnostics


@dataclass(frozen=True, kw_only=True, slots=True)
class Language:
    """One language, how its runtime boots in a sandbox, and how pages show its programs."""

    slug: str
    """What the caller writes. The folder and the image have this name too."""
    label: str
    """What people read."""
    source: str
    """Name of the program's file in /app."""
    suffixes: tuple[str, ...]
    """Endings of program files, with the dot; the first is the usual one."""
    command: tuple[str, ...]
    """The runner that the supervisor boots; it waits for the go and then becomes the program."""
    version_command: tuple[str, ...]
    """Prints the runtime's version in the image."""
    waiting_bytes: int
    """Memory that an idle sandbox takes of the machine, the engine's part included, rounded up."""
    hello: str
    """A program that prints Hello World: the shortest proof that the image works."""
    editor_mode: str
    """Name of the mode that the editor (Ace) colours programs with."""
    tab_size: int
    """Spaces that the editor indents by."""
    lexer: str
    """Name of the lexer that the pages (Pygments) colour programs with."""
    diagnostics: Diagnostics
    """How the runtime's error messages are read."""

    @property
    def suffix(self) -> str:
        return self.suffixes[0]
