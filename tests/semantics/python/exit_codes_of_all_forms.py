import subprocess
import sys

for form in ("", "0", "3", "256", "-1", "None", "True", "'text'", "(1, 2)", "1.5", "[]", "10**30"):
    code = f"import sys; sys.exit({form})"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    print(f"{form:8} {result.returncode} {result.stderr!r}")
raise SystemExit(300)
