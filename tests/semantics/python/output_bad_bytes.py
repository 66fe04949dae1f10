import os
import sys

os.write(1, b"valid \xe2\x82\xac, cut \xe2\x82, wrong \xff\xfe, overlong \xc0\x80\n")
sys.stdout.buffer.write(bytes(range(128, 140)) + b"\n")
sys.stdout.flush()
print("\udcff surrogate escape")
print("\ud800")
