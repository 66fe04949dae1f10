import base64
import binascii
import hashlib
import hmac
import secrets
import uuid
import zlib

for name in ("md5", "sha1", "sha256", "sha3_256", "blake2b"):
    print(name, hashlib.new(name, b"text").hexdigest()[:32])
print(sorted(hashlib.algorithms_guaranteed), hmac.new(b"k", b"m", "sha256").hexdigest()[:16])
print(hashlib.pbkdf2_hmac("sha256", b"p", b"s", 10).hex()[:16], hashlib.scrypt(b"p", salt=b"s", n=2, r=1, p=1).hex()[:16])
print(base64.b64encode(b"\xff\x00?"), base64.urlsafe_b64decode("_w=="), base64.b85encode(b"1234"), zlib.crc32(b"abc"))
print(uuid.uuid5(uuid.NAMESPACE_DNS, "example.org"), uuid.UUID(int=1).version, len(secrets.token_hex(8)))
print(hash(1.0) == hash(1), hash((1, 2)), hash(2**61), hash(float("inf")), hash(None) == hash(None))
binascii.unhexlify("abc")
