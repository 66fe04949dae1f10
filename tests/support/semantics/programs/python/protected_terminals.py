import os

for make in (os.openpty, lambda: os.open("/dev/ptmx", os.O_RDWR)):
    try:
        make()
        print("a terminal")
    except OSError as error:
        print(type(error).__name__)
