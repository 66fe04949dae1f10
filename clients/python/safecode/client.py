"""The client: run programs and wait, follow their output, or queue many."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from . import events
from .errors import SafeCodeError
from .files import Given, Sender, Upload, read, upload
from .results import Run, run_of
from .transport import Transport

DEFAULT_URL = "http://127.0.0.1:5000"
WAIT_SECONDS = 30
"""How long the site waits before it answers that a run has not ended yet."""
PAGE = 50

OnOutput = Callable[[str, str], object]
"""Gets `stdout` or `stderr`, and a piece of text."""


class Client:
    """A client of one site, for one user. It holds no connection, and threads may share it.

    `attempts` bounds how often a request is sent, if the site is busy or the connection breaks; `timeout`
    how long it may be silent. Each run has an idempotency key, so no attempt runs it twice.
    """

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        attempts: int = 5,
        timeout: float = 90.0,
    ) -> None:
        site = url or os.environ.get("SAFE_CODE_URL") or DEFAULT_URL
        secret = token or os.environ.get("SAFE_CODE_TOKEN") or ""
        if not secret:
            raise SafeCodeError("Set SAFE_CODE_TOKEN to an API token, or give one as token.")
        self.transport = Transport(site, secret, attempts=attempts, timeout=timeout)

    def run(
        self,
        code: str,
        *,
        language: str = "python",
        stdin: str = "",
        args: Sequence[str] = (),
        limits: Mapping[str, float] | None = None,
        isolation: str | None = None,
        files: Iterable[Given] = (),
        outputs: bool = False,
        session: str | None = None,
        on_output: OnOutput | None = None,
        key: str | None = None,
    ) -> Run:
        """Run a program and return its result, also if it failed. Raises SafeCodeError.

        With `on_output` the output comes while the program runs. If that raises, the run is ended.
        `files` are beside the program; large ones are uploaded before. With `outputs` the result has the
        files that the program leaves there.
        `session` is an id of your own: the program has what the session's last run left in its names.
        `key` is an idempotency key of your own, to find this run again after your program was restarted.
        """
        sent = Sender(self.transport).sent(files)
        body = program(code, language, stdin, args, limits, isolation, sent, outputs, session)
        headers = {"Idempotency-Key": key or uuid.uuid4().hex}
        if on_output is None:
            return self._run_of(self.transport.json("POST", "/run", body, **headers))
        return self._streamed(body, headers, on_output)

    def batch(self, programs: Sequence[str | Mapping[str, Any]], **common: Any) -> Batch:
        """Queue programs: texts, or dictionaries of what `run` takes. `common` is for all of them."""
        sender = Sender(self.transport)
        bodies = []
        for one in programs:
            given = {**common, **({"code": one} if isinstance(one, str) else one)}
            bodies.append(program(**{**given, "files": sender.sent(given.get("files", ()))}))
        answer = self.transport.json(
            "POST",
            "/api/batches/",
            {"submissions": bodies},
            **{"Idempotency-Key": uuid.uuid4().hex},
        )
        ids = tuple(str(one["id"]) for one in answer["submissions"])
        return Batch(id=str(answer["id"]), ids=ids, client=self)

    def get(self, run_id: str, *, wait: bool = False) -> Run:
        """Look up a run; with `wait` when it has ended."""
        path = f"/api/submissions/{quote(run_id, safe='')}/"
        while True:
            answer = self.transport.json("GET", f"{path}?wait={WAIT_SECONDS if wait else 0}")
            run = self._run_of(answer)
            if run.status == "finished" or not wait:
                return run

    def cancel(self, run_id: str) -> Run:
        """End a run that is queued or under way."""
        path = f"/api/submissions/{quote(run_id, safe='')}/cancel/"
        return self._run_of(self.transport.json("POST", path))

    def upload(self, file: str | os.PathLike[str] | bytes, *, name: str | None = None) -> Upload:
        """Upload a file by its path, or bytes under a name, for the `files` of any number of runs."""
        if isinstance(file, bytes):
            if name is None:
                raise ValueError("Bytes need a name.")
            return upload(self.transport, name, file)
        own, content = read(file)
        return upload(self.transport, name or own, content)

    def languages(self) -> list[Mapping[str, Any]]:
        """Return the languages with their versions and limits, as the site describes them."""
        found: list[Mapping[str, Any]] = self.transport.json("GET", "/api/languages/")
        return found

    def history(self) -> Iterator[Run]:
        """Yield your runs, newest first, without output."""
        path = first = f"/api/submissions/?page_size={PAGE}"
        while True:
            rows = self.transport.json("GET", path)["results"]
            yield from map(self._run_of, rows)
            if len(rows) < PAGE:
                return
            path = f"{first}&older={rows[-1]['id']}"

    def _streamed(
        self, body: Mapping[str, Any], headers: dict[str, str], on_output: OnOutput
    ) -> Run:
        with self.transport.stream("/run", body, **headers) as answer:
            run_id = (answer.headers.get("Content-Location") or "").rstrip("/").rpartition("/")[2]
            told = {"stdout": 0, "stderr": 0}
            try:
                for name, data in events.read(answer):
                    if name == "result":
                        return self._run_of(data)
                    if name == "restart":  # its earlier output is void
                        told = dict.fromkeys(told, 0)
                    elif name in told:
                        told[name] += len(data["text"])
                        on_output(name, data["text"])
                return self._rest(body, headers, told, on_output)
            except BaseException:
                with suppress(SafeCodeError):  # it may have ended by itself
                    self.cancel(run_id)
                raise

    def _rest(
        self,
        body: Mapping[str, Any],
        headers: dict[str, str],
        told: Mapping[str, int],
        on_output: OnOutput,
    ) -> Run:
        """Wait for the end of a run whose stream broke, and hand on the output that is missing.

        The same request with the same key runs nothing again.
        """
        run = self._run_of(self.transport.json("POST", "/run", body, **headers))
        for name, text in (("stdout", run.output), ("stderr", run.stderr)):
            if missing := text[told[name] :]:
                on_output(name, missing)
        return run

    def _run_of(self, answer: Mapping[str, Any]) -> Run:
        return run_of(answer, self.transport)


@dataclass(frozen=True)
class Batch:
    """Programs in the queue."""

    id: str
    ids: tuple[str, ...]
    """The ids of the runs, in the order of the programs."""
    client: Client = field(repr=False)

    def wait(self) -> Iterator[Run]:
        """Yield the runs in the order of the programs, each when it has ended."""
        for run_id in self.ids:
            yield self.client.get(run_id, wait=True)

    def cancel(self) -> None:
        """End what has not ended."""
        self.client.transport.json("POST", f"/api/batches/{quote(self.id, safe='')}/cancel/")


def program(
    code: str,
    language: str = "python",
    stdin: str = "",
    args: Sequence[str] = (),
    limits: Mapping[str, float] | None = None,
    isolation: str | None = None,
    files: Sequence[Mapping[str, Any]] = (),
    outputs: bool = False,
    session: str | None = None,
) -> dict[str, Any]:
    """Return a program as the API takes it."""
    body = {"code": code, "language": language, "stdin": stdin, "args": list(args)}
    chosen = {
        "limits": limits and dict(limits),
        "isolation": isolation,
        "files": files,
        "outputs": outputs,
        "session": session,
    }
    return {**body, "stdin_verbatim": True, **{k: v for k, v in chosen.items() if v}}
