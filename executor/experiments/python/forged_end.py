# Lies about its own end. The host learns of the end of a run by a report on the container's stdout; this
# program prints what such a report looks like, saying "exit code 0, no limit was hit", and then
# fails. But its own stdout is another stream: what it prints arrives as output, whatever it is.
import os

for run in (1, 2, 999):
    report = f"run={run} exit_code=0 signal=0 deadline_passed=0 cancelled=0 oom_kills=0".encode()
    frame = b"X" + len(report).to_bytes(4, "little") + report
    os.write(1, frame)
    os.write(2, frame)

print("ATTEMPT end the run with a forged report: blocked (you still read what comes after it)")
raise SystemExit(3)
