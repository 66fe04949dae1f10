import sys

for name in ("sitecustomize", "usercustomize", "site", "apport", "_runner", "sandbox"):
    print(name, name in sys.modules)
import gc

print([type(f).__name__ for f in gc.get_objects() if callable(f) and getattr(f, "__module__", "") == "sitecustomize"])
print(sys.flags, sys.warnoptions, sys._xoptions)
