import array
import ctypes
import mmap
import struct

print(struct.pack(">IhB3s?", 1, -2, 255, b"abc", True), struct.unpack("<d", b"\0\0\0\0\0\0\xf8?"), struct.calcsize("@ci"))
data = bytearray(b"hello world")
view = memoryview(data)
view[:5] = b"HELLO"
print(data, view[6:].tobytes(), view.readonly, memoryview(b"\1\0\2\0").cast("H").tolist(), view[::-2].contiguous)
try:
    data.append(1)
except BufferError as error:
    print(error)
view.release()
numbers = array.array("i", [3, 1, 2])
numbers.byteswap()
print(numbers, numbers.itemsize, sum(numbers))
with mmap.mmap(-1, 4096) as shared:
    shared[:4] = b"mmap"
    print(shared.read(6), len(shared))


class Pair(ctypes.Structure):
    _fields_ = [("a", ctypes.c_uint8), ("b", ctypes.c_int32)]


print(bytes(Pair(1, -1)), ctypes.sizeof(Pair), ctypes.CDLL(None).abs(-7), ctypes.string_at(b"text", 2))
struct.pack("B", 300)
