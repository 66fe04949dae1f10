import json
import os
from urllib.request import Request, urlopen


def call(url, body=None, **more):
    """Return the JSON of the answer."""
    headers = {"Authorization": f"Bearer {os.environ['TOKEN']}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(url, data, headers | more)) as answer:
        return json.load(answer)


program = {"code": "print(6 * 7)"}
run = call("http://127.0.0.1:5000/run", program, Prefer="respond-async")
url = run["url"]
while run["status"] != "finished":
    run = call(f"{url}?wait=10")  # answers at the end of the run, or after ten seconds
print(run["verdict"], run["output"])
