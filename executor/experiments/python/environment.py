# Reads the environment. It is where services keep the password of their database, and a program
# that is started by a service inherits it, unless somebody takes care.
import os

OURS = {"PATH", "HOME", "USER", "LANG", "LC_CTYPE", "HOSTNAME", "TERM"}
found = [name for name in os.environ if name not in OURS and not name.startswith("PYTHON")]
for name in found:
    print(f"ATTEMPT read a secret: succeeded ({name}={os.environ[name]})")
if not found:
    print(f"ATTEMPT read a secret: blocked (only {', '.join(sorted(os.environ))})")
