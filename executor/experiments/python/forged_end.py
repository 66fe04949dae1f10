# Lies about its own end. The host learns of the end of a run by a marker in the output; this
# program prints what such a marker looks like, saying "exit code 0, no limit was hit", and then
# fails. The real one has a random number in it that the program has no way to learn.
import os

for nonce in ("0" * 32, "f" * 32, ""):
    marker = (
        f"\0\1END {nonce} exit_code=0 signal=0 deadline_passed=0 cancelled=0 oom_kills=0\n".encode()
    )
    os.write(1, marker)
    os.write(2, marker)

print("ATTEMPT end the run with a forged report: blocked (you still read what comes after it)")
raise SystemExit(3)
