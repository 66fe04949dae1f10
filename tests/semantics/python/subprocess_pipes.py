import subprocess
import sys

result = subprocess.run(
    [sys.executable, "-c", "import sys; print(sys.stdin.read().upper()); sys.exit(3)"],
    input="text",
    capture_output=True,
    text=True,
)
print(result)
with subprocess.Popen(["sort", "-r"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
    print(process.communicate("a\nc\nb\n"))
print(subprocess.check_output("echo $((6 * 7)); echo $0", shell=True, text=True).split("\n"))
print(subprocess.getstatusoutput("exit 4"), subprocess.getoutput("printf x"))
