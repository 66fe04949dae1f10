import base64
import hashlib
import hmac
import time


def is_genuine(secret, headers, body):
    """Return whether this service sent the body, byte for byte as it arrived, within five minutes."""
    identifier, moment = headers["webhook-id"], headers["webhook-timestamp"]
    if abs(time.time() - int(moment)) > 300:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{identifier}.{moment}.".encode() + body
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    expected = "v1," + base64.b64encode(digest).decode()
    given = headers["webhook-signature"].split(" ")  # two, for a day after a new secret
    return any(hmac.compare_digest(expected, signature) for signature in given)
