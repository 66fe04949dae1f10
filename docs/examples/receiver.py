"""Receive webhooks and accept only signed ones. Needs only Python's standard library.

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
from email.message import Message
from http.server import BaseHTTPRequestHandler, HTTPServer

TOLERANCE_SECONDS = 300
"""An older message may be a recorded one that is sent again."""
LONGEST = 1024 * 1024
"""Bytes of a body."""


def is_genuine(secret: str, headers: Mapping[str, str] | Message, body: bytes) -> bool:
    """Return whether the body, byte for byte as it arrived, was signed with the secret recently."""
    identifier, moment = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not moment.isdecimal() or abs(time.time() - int(moment)) > TOLERANCE_SECONDS:
        return False
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        return False
    signed = f"{identifier}.{moment}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    # There are two signatures for a day after a new secret was made.
    found = headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(expected.encode(), one.encode()) for one in found)


class Receiver(BaseHTTPRequestHandler):
    seen: set[str] = set()
    """A delivery may arrive twice, with the same id. Store the ids where they survive a restart."""

    def do_POST(self) -> None:
        body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), LONGEST))
        if not is_genuine(os.environ["WEBHOOK_SECRET"], self.headers, body):
            self.send_error(401)
            return
        if self.headers["webhook-id"] not in self.seen:
            self.seen.add(self.headers["webhook-id"])
            print(json.dumps(json.loads(body), indent=2), flush=True)
        self.send_response(204)  # after any status except 2xx the delivery is repeated
        self.end_headers()


if __name__ == "__main__":
    HTTPServer(("", int(sys.argv[1])), Receiver).serve_forever()
