# stdin: "one\ntwo\nthree\n"
import os
import selectors

chosen = selectors.DefaultSelector()
chosen.register(0, selectors.EVENT_READ, data="stdin")
received = bytearray()
while chosen.get_map():
    for key, _ in chosen.select(10):
        if data := os.read(key.fd, 1024):
            received += data
        else:
            chosen.unregister(key.fd)
            print(key.data, "closed")
print(bytes(received))
