for name in ("notes.txt", "/app/notes.txt", "/notes.txt", "/usr/notes.txt", "/etc/passwd", "script.py"):
    try:
        open(name, "a").close()
    except OSError as error:
        print(type(error).__name__, error)
    else:
        print("written", name)
