"""Runs a program with the plain runtime of a sandbox image: without the supervisor and the runner.

A throw-away container as of `docker run --init --interactive`, with the sandbox's environment variables,
working directory and number of processors, and 512 MiB. Its answers are kept, by the image and by all
that the container is given, so a second comparison starts only the sandbox.
"""

import hashlib
import io
import json
import tarfile
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from functools import cache
from time import monotonic
from typing import Any

from django.conf import settings
from docker import APIClient
from docker.utils import kwargs_from_env

from executor import EngineError, default_limits, this_process
from executor.conf import config
from executor.languages import LANGUAGES
from executor.limits import MiB
from executor.sandbox import engine
from executor.sandbox.output import Output
from executor.sandbox.spec import LABEL_INSTANCE, LABEL_OWNER, container_spec

from .corpus import Program

ANSWERS = settings.VAR_DIR / "semantics"
USER = 60000
SECONDS = 120
UNBOUNDED = 2**40


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What a program printed, and how it ended."""

    end: int
    """The exit code; 128 and the signal's number where a signal ended the program, as in a shell."""
    stdout: str
    stderr: str


@cache
def image_id(language: str) -> str:
    image = LANGUAGES[language].image
    found: str = engine.image(f"{config().image_prefix}-{image}")["Id"]
    return found


def answer(program: Program) -> Answer:
    """Return what the plain runtime makes of the program, from the kept answers where possible."""
    spec = _spec(program)
    given = json.dumps([spec, program.code, program.stdin], sort_keys=True)
    kept = ANSWERS / f"{hashlib.sha256(given.encode()).hexdigest()}.json"
    if kept.exists():
        return Answer(**json.loads(kept.read_text()))
    found = _run(program, spec)
    ANSWERS.mkdir(parents=True, exist_ok=True)
    part = kept.with_suffix(f".{this_process()}".replace("/", "-"))
    part.write_text(json.dumps(asdict(found)))
    part.replace(kept)  # at once: another process reads it whole or not at all
    return found


def _spec(program: Program) -> dict[str, Any]:
    """Make the container's arguments. They hold nothing that differs from one process to the next."""
    language = LANGUAGES[program.language]
    sandbox = container_spec(
        language,
        default_limits(),
        image=image_id(program.language),
        instance="",
        owner="",
        runtime="",
        uid=USER,
    )
    return {
        "Image": sandbox["Image"],
        "Entrypoint": [language.command[0], f"/app/{language.source}", *program.args],
        "Cmd": [],
        "Env": sandbox["Env"],
        "User": sandbox["User"],
        "WorkingDir": sandbox["WorkingDir"],
        "Hostname": sandbox["Hostname"],
        "OpenStdin": True,
        "StdinOnce": True,
        "AttachStdin": True,
        "AttachStdout": True,
        "AttachStderr": True,
        "HostConfig": {
            "Init": True,
            "NetworkMode": "none",
            "Memory": 512 * MiB,
            "NanoCpus": sandbox["HostConfig"]["NanoCpus"],
            "Tmpfs": {"/tmp": "exec,mode=1777"},
        },
    }


def _run(program: Program, spec: dict[str, Any]) -> Answer:
    # Labelled as our own: what a killed run leaves is swept.
    labels = {LABEL_OWNER: this_process(), LABEL_INSTANCE: settings.EXECUTOR_INSTANCE}
    made = engine.create({**spec, "Labels": labels})
    try:
        with closing(APIClient(version="auto", timeout=SECONDS, **kwargs_from_env())) as client:
            archive = _archive(LANGUAGES[program.language].source, program.code)
            client.put_archive(made, "/app", archive)
            output = _exchange(made, program.stdin.encode())
            end = client.wait(made)["StatusCode"]
    finally:
        engine.remove(made)
    return Answer(end=end, stdout=output.stdout.text, stderr=output.stderr.text)


def _exchange(container_id: str, stdin: bytes) -> Output:
    """Start the container, give it its input, and read its output to the end."""
    output = Output(UNBOUNDED, lambda event: None)
    attachment = engine.attach(container_id)
    try:
        engine.start(container_id)
        with suppress(EngineError):  # a program that does not read its input may end first
            attachment.send(stdin)
        attachment.hang_up()
        while frame := attachment.receive(monotonic() + SECONDS):
            stream, data = frame
            (output.stdout if stream == engine.STDOUT else output.stderr).write(data)
    finally:
        attachment.close()
    output.close()
    return output


def _archive(name: str, code: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        entry = tarfile.TarInfo(name)
        data = code.encode()
        entry.size, entry.mode = len(data), 0o444
        archive.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()
