"""Requests and answers in the OpenAPI document. A test sends each request as it stands."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

ID = "0198c2f4-7a51-7c3e-9b1d-2f6e8a4c5d60"
OTHER_ID = "0198c2f4-7a52-7d10-8e2f-91b3c7d5e6f1"
BATCH_ID = "0198c2f5-1b20-7f44-a0c9-5d7e8f901a2b"
SITE = "http://127.0.0.1:5000"
CREATED, FINISHED = "2026-01-31T12:00:00.120000Z", "2026-01-31T12:00:00.180000Z"

LIMITS = {
    "wall_seconds": 10.0,
    "idle_seconds": 0.0,
    "cpu_seconds": 10.0,
    "cpus": 1.0,
    "memory_bytes": 134217728,
    "processes": 64,
    "output_bytes": 65536,
    "disk_bytes": 33554432,
    "disk_files": 2048,
    "open_files": 256,
}
RESULT: dict[str, Any] = {
    "id": ID,
    "status": "finished",
    "verdict": "ok",
    "output": "Hello World\n",
    "stderr": "",
    "error": None,
    "error_details": None,
    "exit_code": 0,
    "signal": None,
    "truncated": False,
    "files": [],
    "files_left_out": {},
    "session": None,
    "usage": {
        "wall_ms": 48.1,
        "cpu_ms": 21.4,
        "memory_peak_bytes": 7340032,
        "memory_peak_is_sampled": False,
    },
    "limits": LIMITS,
    "language": "python",
    "isolation": "auto",
    "lane": "container",
    "sandbox": "5f0c8d3a9be1",
    "run_number": 1,
    "created": CREATED,
    "finished": FINISHED,
}
FAILED = {
    **RESULT,
    "verdict": "runtime_error",
    "output": "",
    "stderr": (
        "Traceback (most recent call last):\n"
        '  File "/app/script.py", line 2, in <module>\n'
        "    print(10 / int(number))\n"
        "          ~~~^~~~~~~~~~~~~\n"
        "ZeroDivisionError: division by zero\n"
    ),
    "error": "ZeroDivisionError: division by zero (line 2)",
    "error_details": {
        "type": "ZeroDivisionError",
        "message": "division by zero",
        "line": 2,
        "column": 7,
        "hint": "The value after / is 0 there. Check it before you divide.",
    },
    "exit_code": 1,
}
STOPPED = {
    **RESULT,
    "verdict": "time_limit_exceeded",
    "output": "",
    "error": "Execution timed out after 10 seconds",
    "error_details": {
        "type": None,
        "message": None,
        "line": None,
        "column": None,
        "hint": (
            "Look for a loop that never ends, a long sleep, or a wait for something that never comes."
        ),
    },
    "exit_code": None,
    "signal": 9,
    "usage": {
        "wall_ms": 10004.2,
        "cpu_ms": 9871.0,
        "memory_peak_bytes": 7340032,
        "memory_peak_is_sampled": False,
    },
}
QUEUED = {
    "id": ID,
    "status": "queued",
    "url": f"{SITE}/api/submissions/{ID}/",
    "events": f"{SITE}/api/submissions/{ID}/events/",
}
EVENTS = f"""event: stdout
data: {{"text":"Hello World\\n"}}

event: result
data: {{"id":"{ID}","status":"finished","verdict":"ok","output":"Hello World\\n"}}

"""

RUN = [
    OpenApiExample(
        "Hello World",
        value={"code": 'print("Hello World")', "language": "python"},
        request_only=True,
    ),
    OpenApiExample(
        "Input and arguments",
        value={
            "code": "import sys\nprint(sys.argv[1], input())",
            "stdin": "Ada\n",
            "args": ["Hello"],
        },
        request_only=True,
    ),
    OpenApiExample(
        "JavaScript",
        value={"code": "console.log(6 * 7)", "language": "javascript"},
        request_only=True,
    ),
    OpenApiExample(
        "Files in and out",
        value={
            "code": "rows = open('data/n.csv').readlines()\nopen('count.txt', 'w').write(str(len(rows)))",
            "files": [{"name": "data/n.csv", "text": "1\n2\n"}],
            "outputs": True,
        },
        request_only=True,
    ),
    OpenApiExample(
        "Variables for the next run",
        value={"code": "rows = [1, 2, 3]", "session": "notebook"},
        request_only=True,
    ),
    OpenApiExample("It ran well", value=RESULT, response_only=True, status_codes=["200"]),
    OpenApiExample("It failed", value=FAILED, response_only=True, status_codes=["200"]),
    OpenApiExample("It hit a limit", value=STOPPED, response_only=True, status_codes=["200"]),
    OpenApiExample(
        "Events",
        value=EVENTS,
        response_only=True,
        status_codes=["200"],
        media_type="text/event-stream",
    ),
    OpenApiExample("Queued", value=QUEUED, response_only=True, status_codes=["202"]),
]
BATCH = [
    OpenApiExample(
        "Two programs",
        value={
            "submissions": [
                {"code": "print(6 * 7)"},
                {"code": "console.log(6 * 7)", "language": "javascript"},
            ]
        },
        request_only=True,
    ),
]
FOLLOWED = [
    OpenApiExample("Events", value=EVENTS, response_only=True, media_type="text/event-stream"),
]
