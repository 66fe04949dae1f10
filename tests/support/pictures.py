"""A program that draws: a picture of four pixels, whose colour is in the file `colour`."""

DRAWS = r"""
import struct, zlib
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
head = struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0)
rows = (b"\0" + open("colour", "rb").read() * 2) * 2
parts = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
open("dot.png", "wb").write(b"\x89PNG\r\n\x1a\n" + parts)
open("notes.txt", "w").write("drawn")
print("done")
"""
COLOUR = {"name": "colour", "base64": "/wAA"}
