"""The command `safecode`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from . import bridge
from .client import Client
from .errors import SafeCodeError
from .files import safe_name
from .results import Run

OUR_ERROR = 125
"""Exit status if the program did not run at all; its own would be the program's."""
LANGUAGES = {
    **dict.fromkeys((".js", ".mjs", ".cjs"), "javascript"),
    **dict.fromkeys((".ts", ".mts", ".cts"), "typescript"),
    **dict.fromkeys((".sh", ".bash"), "bash"),
    ".c": "c",
    **dict.fromkeys((".cpp", ".cc", ".cxx"), "cpp"),
    ".sql": "sql",
}
"""By the ending of a file; any other is Python. A site may offer more: then name the language."""
LISTED = 20


def main(arguments: Sequence[str] | None = None) -> int:
    chosen = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a program may print what the terminal can't
            stream.reconfigure(errors="backslashreplace")
    try:
        client = Client(chosen.url)
        return int(chosen.command(client, chosen))
    except (SafeCodeError, ValueError, OSError) as error:
        print(f"safecode: {shown(str(error))}", file=sys.stderr)
        return OUR_ERROR
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="safecode",
        description="Run programs in the sandboxes of a Safe Code Executor.",
        epilog="SAFE_CODE_TOKEN holds your API token, SAFE_CODE_URL the address of the site.",
    )
    parser.add_argument("--url", help="the address of the site")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    run = commands.add_parser("run", help="run a program; the exit status is the program's")
    run.add_argument("file", help="the program; - reads it from standard input")
    run.add_argument("args", nargs=argparse.REMAINDER, help="the program's arguments")
    run.add_argument("--language", help="by default the file's ending decides, else python")
    run.add_argument("--stdin", help="a file that the program reads as its standard input")
    run.add_argument(
        "--file",
        action="append",
        default=[],
        dest="files",
        metavar="F",
        help="a file beside the program; may be given several times",
    )
    run.add_argument(
        "--session",
        metavar="ID",
        help="an id that you choose: begin with the variables that its last run has left",
    )
    run.add_argument("--out", metavar="DIR", help="save the files that the program makes there")
    run.add_argument("--overwrite", action="store_true", help="also over files that are there")
    run.set_defaults(command=_run)
    languages = commands.add_parser("languages", help="list the languages")
    languages.set_defaults(command=_languages)
    history = commands.add_parser("history", help="list your latest runs")
    history.add_argument("--most", type=int, default=LISTED, help=f"how many; {LISTED} by default")
    history.set_defaults(command=_history)
    mcp = commands.add_parser("mcp", help="serve MCP over standard input and output")
    mcp.set_defaults(command=_mcp)
    return parser


def _run(client: Client, chosen: argparse.Namespace) -> int:
    code = sys.stdin.read() if chosen.file == "-" else Path(chosen.file).read_text("utf-8")
    # Byte for byte: reading it as text would make LF of each CR LF.
    stdin = Path(chosen.stdin).read_bytes().decode("utf-8") if chosen.stdin else ""
    language = chosen.language or LANGUAGES.get(Path(chosen.file).suffix, "python")
    run = client.run(
        code,
        language=language,
        stdin=stdin,
        args=chosen.args,
        files=chosen.files,
        outputs=chosen.out is not None,
        session=chosen.session,
        on_output=_print,
    )
    if run.error:
        print(f"safecode: {run.verdict}: {shown(run.error)}", file=sys.stderr)
        if run.details and run.details.hint:
            print(f"safecode: {shown(run.details.hint)}", file=sys.stderr)
    if run.session:
        _tell(run.session)
    is_saved = chosen.out is None or _save(run, chosen.out, overwrite=chosen.overwrite)
    return run.exit_status if is_saved else run.exit_status or OUR_ERROR


def _tell(session: Mapping[str, Any]) -> None:
    """Say what the next run of a session will not have, if anything."""
    lost = [f"{one['name']}: {one['reason']}" for one in session["not_kept"]]
    if session["more_not_kept"]:
        lost.append(f"{session['more_not_kept']} more")
    if session["reason"]:
        when = "before this run, " if session["kept"] else "this run has left nothing: "
        print(f"safecode: session: {when}{shown(session['reason'])}", file=sys.stderr)
    for one in lost:
        print(f"safecode: not kept: {shown(one)}", file=sys.stderr)


def _save(run: Run, folder: str, *, overwrite: bool) -> bool:
    """Save the files of a run; say which are not, and return whether all are."""
    problems = [f"{count} {reason}" for reason, count in run.files_left_out.items()]
    saved: set[Path] = set()  # two of them may have the same name here
    for file in run.files:
        try:
            is_own = Path(folder) / safe_name(file.name) in saved
            saved.add(file.save(folder, overwrite=overwrite and not is_own))
        except (SafeCodeError, OSError) as error:
            problems.append(f"{file.name}: {error}")
    for problem in problems:
        print(f"safecode: not saved: {shown(problem)}", file=sys.stderr)
    return not problems


def _print(stream: str, text: str) -> None:
    """Print output at once: to a terminal without its codes, else as it is."""
    out = sys.stdout if stream == "stdout" else sys.stderr
    out.write(shown(text) if out.isatty() else text)
    out.flush()


def _languages(client: Client, chosen: argparse.Namespace) -> int:
    for one in client.languages():
        print(shown(f"{one['slug']:19} {one['runtime'] or one['label']}"))
    return 0


def _history(client: Client, chosen: argparse.Namespace) -> int:
    for run, _ in zip(client.history(), range(chosen.most), strict=False):
        created = str(run.raw.get("created", ""))[:19]
        print(shown(f"{created}  {run.id}  {run.language:19} {run.verdict or run.status}"))
    return 0


def _mcp(client: Client, chosen: argparse.Namespace) -> int:
    bridge.serve(client.transport, sys.stdin.buffer, sys.stdout.buffer)
    return 0


def shown(text: str) -> str:
    """Return text that a terminal shows and does not obey."""
    return "".join(
        character
        if character.isprintable() or character in "\n\t"
        else character.encode("unicode_escape").decode()
        for character in text
    )
