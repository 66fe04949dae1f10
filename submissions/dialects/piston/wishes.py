"""What a client of Piston asks for, checked in Piston's order and with its words, as our program."""

from base64 import b64encode
from binascii import Error, a2b_base64
from collections.abc import Mapping
from typing import Any, NoReturn

from executor import default_limits

from ...http.codes import Code
from ...http.origin import NotAdmitted
from .runtimes import Runtime, runtime_for

NAME_CHARACTERS = 100
"""How much of a name an error repeats."""
NO_LIMIT = -1
"""What clients send as a limit of memory to have Piston's own."""


def program_of(body: Any) -> tuple[Runtime, dict[str, Any]]:
    """Return the runtime, and the program as our serializers take it. Raises NotAdmitted."""
    wish = body if isinstance(body, Mapping) else {}
    language, version, files = (wish.get(name) for name in ("language", "version", "files"))
    if not language or not isinstance(language, str):
        _refuse("language is required as a string")
    if not version or not isinstance(version, str):
        _refuse("version is required as a string")
    if not isinstance(files, list):
        _refuse("files is required as an array")
    for position, file in enumerate(files):
        if not isinstance(file, Mapping) or not isinstance(file.get("content"), str):
            _refuse(f"files[{position}].content is required as a string")
    runtime = runtime_for(language, version)
    if runtime is None:
        _refuse(f"{language[:NAME_CHARACTERS]}-{version[:NAME_CHARACTERS]} runtime is unknown")
    main = next((position for position, one in enumerate(files) if not _is_encoded(one)), None)
    if main is None:
        _refuse("files must include at least one utf8 encoded file")
    program = {
        "code": files[main]["content"],
        "language": runtime.language,
        "stdin": _as_lines(wish.get("stdin")),
        "stdin_verbatim": True,
        "args": wish.get("args") or [],
        "files": [_file(position, one) for position, one in enumerate(files) if position != main],
        "limits": _limits(wish),
    }
    return runtime, program


def _refuse(words: str) -> NoReturn:
    raise NotAdmitted(Code.INVALID, words)


def _is_encoded(file: Mapping[str, Any]) -> bool:
    return file.get("encoding") in ("base64", "hex")


def _as_lines(stdin: Any) -> Any:
    """End the last line, as Piston does. Our serializer refuses what is no string."""
    return f"{stdin}\n" if isinstance(stdin, str) and stdin and stdin[-1] != "\n" else stdin


def _file(position: int, file: Mapping[str, Any]) -> dict[str, Any]:
    """Return a file beside the program. Our serializer checks its name, and the sizes."""
    name, content = file.get("name") or f"file{position}.code", file["content"]
    try:
        match file.get("encoding"):
            case "hex":
                return {"name": name, "base64": b64encode(bytes.fromhex(content)).decode()}
            case "base64":
                return {"name": name, "base64": b64encode(a2b_base64(content)).decode()}
    except (Error, ValueError):
        _refuse(f"files[{position}].content is not {file['encoding']}")
    return {"name": name, "text": content}


def _limits(wish: Mapping[str, Any]) -> dict[str, float]:
    """Check all of Piston's limits in its order, and return those of the run.

    The site has no limits of its own for compiling: that is a part of the run.
    """
    own = default_limits()
    most = {
        "memory_limit": own.memory_bytes,
        "timeout": int(own.wall_seconds * 1000),
        "cpu_time": int(own.cpu_seconds * 1000),
    }
    for name, limit in most.items():
        for stage in ("compile", "run"):
            _check(f"{stage}_{name}", wish, limit)
    chosen = {
        "memory_bytes": int(wish.get("run_memory_limit") or 0),
        "wall_seconds": (wish.get("run_timeout") or 0) / 1000,
        "cpu_seconds": (wish.get("run_cpu_time") or 0) / 1000,
    }
    return {name: value for name, value in chosen.items() if value > 0}


def _check(name: str, wish: Mapping[str, Any], most: int) -> None:
    value = wish.get(name)
    if not value or (value == NO_LIMIT and name.endswith("_memory_limit")):
        return
    if not isinstance(value, int | float) or isinstance(value, bool):
        _refuse(f"If specified, {name} must be a number")
    if value > most:
        _refuse(f"{name} cannot exceed the configured limit of {most}")
    if value < 0:
        _refuse(f"{name} must be non-negative")
