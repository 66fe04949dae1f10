# args: ["--name", "Ann Lee", "", "é🎉", "-x", "--", "'quoted' \"twice\"", "a\nb", "*"]
import sys

print(sys.argv)
print(sys.orig_argv)
print(len(sys.argv), __file__)
