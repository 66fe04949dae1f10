import json
import os
from urllib.request import Request, urlopen

headers = {
    "Authorization": f"Bearer {os.environ['TOKEN']}",
    "Content-Type": "application/json",
    "Accept": "text/event-stream",
}
program = {"code": "for i in range(3): print(i)"}
request = Request("http://127.0.0.1:5000/run", json.dumps(program).encode(), headers)
with urlopen(request) as lines:
    for line in lines:
        name, _, value = line.decode().rstrip("\n").partition(": ")
        if name == "event":
            event = value
        elif name == "data" and event in {"stdout", "stderr"}:
            print(json.loads(value)["text"], end="", flush=True)
        elif name == "data" and event == "result":
            print(json.loads(value)["verdict"])
