"""LibreChat's API: a run, and the files that go from one run to the next."""

import re
from base64 import b64encode
from collections.abc import Mapping
from typing import Any, NoReturn

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.http.multipartparser import MultiPartParserError

from executor import MOST_BYTES_IN, MOST_IN, is_good_name, size_of

from ... import orders
from ...http.codes import Code
from ...http.connections import place_for
from ...http.downloads import answer_of
from ...http.origin import Caller, NotAdmitted, body_of
from ...lifecycle import uploads
from ...lifecycle.models import Submission, Verdict, Via
from ...orders import Order
from ...serializers import strict_json
from ...serializers.runs import checked_program
from ..dialect import Dialect, Problem
from . import sessions
from .sessions import Kept

LANGUAGES = {
    "py": "python",
    "js": "javascript",
    "ts": "typescript",
    "rs": "rust",
    "f90": "fortran",
}
"""LibreChat's names; the others are as ours."""
ID = re.compile(rf"[A-Za-z0-9_-]{{{sessions.ID_CHARACTERS}}}")
FILES_OF_A_REQUEST = 8
"""A form counts against the rate once more for each of these. One transaction stores them, and may remove
as many old ones, which takes half a second for the largest form."""
GONE = "The file {} is not there, or no longer. Send it again."
NOT_FOUND = "File not found"
RATE_LIMITED = "rate_limited"


def refusal(problem: Problem) -> HttpResponse:
    content: dict[str, Any] = {"error": problem.sentence}
    if problem.code.status == 429:
        content = {"error": RATE_LIMITED, "message": problem.sentence}
        content["retry_after_seconds"] = problem.retry_after
    return JsonResponse(content, status=problem.code.status)


LIBRECHAT = Dialect(via=Via.LIBRECHAT, refusal=refusal)


def execute(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Run a program, and answer when it has ended."""
    orders.count(caller.user)  # also a request that is refused
    body = strict_json.parsed_sparse(body_of(request))
    if not isinstance(body, dict):
        _refuse("Send a JSON object.")
    named = _named_in(body, caller)
    # Else requests that wait, with what earlier runs have made, would fill the memory.
    size = sum(kept.size for kept in named.values() if kept.upload is None)
    with place_for(size, caller.user.pk):
        program = checked_program(_program_in(body, named), caller.user)
        order = Order(user=caller.user, runs=(program,), origin=caller.origin, is_counted=True)
        made = orders.run(order).made
    return JsonResponse(answer_to(made))


def _program_in(body: Mapping[str, Any], named: Mapping[str, Kept]) -> dict[str, Any]:
    """Return the program as our serializer takes it.

    Each gets a container of its own: one token serves all people of a LibreChat.
    """
    language, args = body.get("lang"), body.get("args") or []
    return {
        "code": body.get("code"),
        "language": LANGUAGES.get(language, language) if isinstance(language, str) else "",
        "args": [args] if isinstance(args, str) else args,
        "files": [_file(name, kept) for name, kept in named.items()],
        "outputs": True,
        "isolation": "container",
    }


def _named_in(body: Mapping[str, Any], caller: Caller) -> dict[str, Kept]:
    """Return the files that a request names, by the names that the program sees. Of two with one name the
    last counts."""
    given = body.get("files") or []
    if not isinstance(given, list) or len(given) > MOST_IN:
        _refuse(f"Send a list of at most {MOST_IN} files.")
    there: dict[str, dict[str, Kept]] = {}
    named = {}
    for one in given:
        if not isinstance(one, dict) or not isinstance(one.get("name"), str):
            _refuse("Send id, name and storage_session_id of each file.")
        session = one.get("storage_session_id") or one.get("session_id")
        if not isinstance(session, str) or not ID.fullmatch(session):
            _refuse(GONE.format(one["name"][:100]))
        if session not in there:
            there[session] = {kept.id: kept for kept in sessions.files_in(session, caller.user)}
        kept = there[session].get(str(one.get("id")))
        if kept is None:
            _refuse(GONE.format(one["name"][:100]))
        named[one["name"]] = kept
    if sum(kept.size for kept in named.values()) > MOST_BYTES_IN:
        _refuse(f"Send files of at most {size_of(MOST_BYTES_IN)} together.")
    return named


def _file(name: str, kept: Kept) -> dict[str, Any]:
    if kept.upload is not None:
        return {"name": name, "id": kept.upload.pk}
    content = kept.content()
    if content is None:
        _refuse(GONE.format(name[:100]))
    return {"name": name, "base64": b64encode(content).decode()}


def answer_to(run: Submission) -> dict[str, Any]:
    """Return output and files of a run. What the site knows of its end is in stderr, for the model."""
    stderr = run.stderr
    if run.verdict not in (Verdict.OK, Verdict.RUNTIME_ERROR, Verdict.COMPILE_ERROR):
        stderr = f"{_ended(stderr)}{run.error}\n"
    return {
        "session_id": sessions.session_of(run),
        "stdout": _ended(run.stdout),
        "stderr": stderr,
        "files": [_reference(kept) for kept in sessions.made_by(run)],
    }


def _ended(text: str) -> str:
    """End the last line, which clients expect."""
    return f"{text}\n" if text and not text.endswith("\n") else text


def _reference(kept: Kept) -> dict[str, Any]:
    reference = {"id": kept.id, "name": kept.name, "session_id": kept.session}
    return {**reference, "storage_session_id": kept.session}


def upload(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Keep the files of a form, in a session of their own."""
    session, files = _uploaded(request, caller)
    named = {"session_id": session, "storage_session_id": session}
    return JsonResponse({"message": "success", **named, "files": files})


def upload_batch(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Do the same in the form of the address for several files."""
    session, files = _uploaded(request, caller)
    named = {"session_id": session, "storage_session_id": session}
    listed = [{"status": "success", **file} for file in files]
    counts = {"succeeded": len(files), "failed": 0}
    return JsonResponse({"message": "success", **named, "files": listed, **counts})


def _uploaded(request: HttpRequest, caller: Caller) -> tuple[str, list[dict[str, str]]]:
    """Store the files of a form; return their session, and id and name of each."""
    orders.count(caller.user)
    session, files = sessions.new_session(), []
    try:
        sent = request.FILES.getlist("file")
    except MultiPartParserError:
        _refuse("Send a form with a file.")
    if more := len(sent) // FILES_OF_A_REQUEST:
        orders.count(caller.user, more)
    with transaction.atomic():  # all of them, or none: nobody learns the session of a refused form
        for file in sent:
            name = file.name or ""
            if not is_good_name(sessions.name_in(session, name)):
                _refuse("The name of the file is too long, or has characters that nobody sees.")
            named = sessions.name_in(session, name)
            kept, _ = uploads.add(caller.user, named, file.read(), cache=f"{sessions.PREFIX}/")
            files.append({"fileId": sessions.sent(kept, session).id, "filename": name})
    if not files:
        _refuse("Send a form with a file.")
    return session, files


def list_files(request: HttpRequest, caller: Caller, session: str) -> HttpResponse:
    """List the files of a session; none for one that is not there."""
    found = sessions.files_in(session, caller.user)
    if request.GET.get("detail") == "summary":
        listed = [{"name": f"{kept.session}/{kept.id}", **_changed(kept)} for kept in found]
    else:
        listed = [_described(kept) for kept in found]
    return JsonResponse(listed, safe=False)


def describe(request: HttpRequest, caller: Caller, session: str, file_id: str) -> HttpResponse:
    """Describe a file, for a client that asks whether it has to send it again."""
    kept = _found(caller, session, file_id)
    return JsonResponse(_described(kept))


def download(request: HttpRequest, caller: Caller, session: str, file_id: str) -> HttpResponseBase:
    kept = _found(caller, session, file_id)

    def content() -> bytes:
        if (found := kept.content()) is None:
            raise NotAdmitted(Code.NOT_FOUND, NOT_FOUND)
        return found

    return answer_of(content, kept.size, kept.name, kept.kind, caller.user.pk)


def _found(caller: Caller, session: str, file_id: str) -> Kept:
    kept = sessions.file_in(session, file_id, caller.user)
    if kept is None:
        raise NotAdmitted(Code.NOT_FOUND, NOT_FOUND)
    return kept


def _described(kept: Kept) -> dict[str, Any]:
    return {**_reference(kept), "size": kept.size, **_changed(kept)}


def _changed(kept: Kept) -> dict[str, str]:
    """Return when a file came to be, in the form that JavaScript writes."""
    return {
        "lastModified": f"{kept.created:%Y-%m-%dT%H:%M:%S}.{kept.created.microsecond // 1000:03}Z"
    }


def _refuse(words: str) -> NoReturn:
    raise NotAdmitted(Code.INVALID, words)
