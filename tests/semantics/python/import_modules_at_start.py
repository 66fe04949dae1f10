import sys

print(sorted(sys.modules))
print(sys.meta_path[-1], len(sys.path_hooks), sys.path)
