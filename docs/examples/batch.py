"""Run files as a batch and print each result. Needs only Python's standard library.

TOKEN=sce_… python batch.py http://127.0.0.1:5000 one.py two.js
"""

import json
import os
import sys
import time
import uuid
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

LANGUAGES = {".py": "python", ".js": "javascript", ".ts": "typescript"}
ATTEMPTS = 5


def call(url: str, body: Any = None, **headers: str) -> Any:
    """Return the answer's JSON. Repeat a request that is refused for now, after Retry-After.

    With an Idempotency-Key a repetition creates nothing twice, even if only the first answer was lost.
    """
    headers["Authorization"] = f"Bearer {os.environ['TOKEN']}"
    headers["Content-Type"] = "application/json"
    data = None if body is None else json.dumps(body).encode()
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with urlopen(Request(url, data, headers), timeout=60) as answer:
                return json.load(answer)
        except HTTPError as error:
            if error.code not in {429, 503} or attempt == ATTEMPTS:
                sys.exit(f"{error.code}: {error.read().decode()}")
            time.sleep(int(error.headers["Retry-After"]))
    raise AssertionError("the last attempt returns or ends the program")


def main(address: str, *files: str) -> None:
    programs = [
        {"code": Path(name).read_text(), "language": LANGUAGES[Path(name).suffix]} for name in files
    ]
    key = {"Idempotency-Key": str(uuid.uuid4())}
    batch = call(f"{address}/api/batches/", {"submissions": programs}, **key)
    while not batch["done"]:
        time.sleep(0.5)
        batch = call(batch["url"])
    for name, row in zip(files, batch["submissions"], strict=True):
        print(f"== {name}: {row['verdict']}")
        print(call(row["url"])["output"], end="")


if __name__ == "__main__":
    main(*sys.argv[1:])
