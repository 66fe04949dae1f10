import socket
import socketserver
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"you asked {self.path}".encode())

    def log_message(self, *args):
        pass


with HTTPServer(("127.0.0.1", 0), Handler) as server:
    threading.Thread(target=server.handle_request).start()
    print(urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/page?x=1").read())
left, right = socket.socketpair()
left.sendall(b"ping")
print(right.recv(10), socket.inet_aton("127.0.0.1"), socket.gethostname(), socketserver.TCPServer.request_queue_size)
with socket.socket() as busy, socket.socket() as other:
    busy.bind(("127.0.0.1", 0))
    try:
        other.connect(busy.getsockname())
    except ConnectionRefusedError as error:
        print(error)
