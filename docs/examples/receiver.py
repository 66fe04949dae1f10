"""Receives webhooks and believes only those that are signed. Nothing but Python's standard library.

WEBHOOK_SECRET=whsec_… python receiver.py 8000
"""

import base64
import binascii
import hashlib
import hmac
import json
import os
import sys
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer

TOLERANCE_SECONDS = 300
"""Something that is older than that may have been overheard and sent again."""
LONGEST = 1024 * 1024


def is_genuine(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether the body, byte for byte as it came, was signed with the secret, and lately."""
    identifier, moment = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not moment.isdecimal() or abs(time.time() - int(moment)) > TOLERANCE_SECONDS:
        return False
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        return False
    signed = f"{identifier}.{moment}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    # More than one, while the secret is being replaced.
    found = headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(expected.encode(), one.encode()) for one in found)


class Receiver(BaseHTTPRequestHandler):
    seen: set[str] = set()
    """The same delivery may come twice; its id is the same then. Keep these where they last."""

    def do_POST(self) -> None:
        body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), LONGEST))
        if not is_genuine(os.environ["WEBHOOK_SECRET"], self.headers, body):
            self.send_error(401)
            return
        if self.headers["webhook-id"] not in self.seen:
            self.seen.add(self.headers["webhook-id"])
            print(json.dumps(json.loads(body), indent=2), flush=True)
        self.send_response(204)  # whatever else than 2xx, and it is sent again later
        self.end_headers()


if __name__ == "__main__":
    HTTPServer(("", int(sys.argv[1])), Receiver).serve_forever()
