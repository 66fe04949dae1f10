# stdin: "ready\nmore\n"
import os
import select

print(select.select([0], [], [], 10)[0])
epoll = select.epoll()
epoll.register(0, select.EPOLLIN)
text = b""
while True:
    [(descriptor, event)] = epoll.poll(10)
    if not (chunk := os.read(0, 4)):
        break
    text += chunk
print(descriptor, text, bool(event & select.EPOLLHUP))
