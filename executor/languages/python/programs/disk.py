with open("/tmp/file", "wb") as file:
    while True:
        file.write(bytes(1_000_000))
