import subprocess

for command in (["no-such-program"], ["/"], ["false"]):
    try:
        subprocess.run(command, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(type(error).__name__, error)
try:
    subprocess.run(["sleep", "60"], timeout=0.05)
except subprocess.TimeoutExpired as error:
    print(error)
subprocess.run("exit 5", shell=True, check=True)
