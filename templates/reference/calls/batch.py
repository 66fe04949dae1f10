import json
import os
import time
from urllib.request import Request, urlopen


def call(url, body=None):
    """Return the JSON of the answer."""
    headers = {"Authorization": f"Bearer {os.environ['TOKEN']}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(url, data, headers)) as answer:
        return json.load(answer)


programs = [{"code": "print(1)"}, {"code": "console.log(2)", "language": "javascript"}]
batch = call("http://127.0.0.1:5000/api/batches/", {"submissions": programs})
while not batch["done"]:
    time.sleep(1)
    batch = call(batch["url"])
for row in batch["submissions"]:
    print(row["verdict"], call(row["url"])["output"])
