import subprocess

for command in ("python", "python3"):
    print(subprocess.run([command, "-c", "import sys; print(sys.version_info[:2])"], capture_output=True, text=True))
