"""Runs of the lab in tests: stored ones, and those of a client."""

from tests.support.factories import make_submission


def finding(**over):
    return {
        "outcome": "contained",
        "reason": "Contained by the memory limit: the kernel killed a process at 128 MiB.",
        "facts": ["The kernel killed 1 process for memory (oom_kill)."],
        "attempts": [],
        "rests_on": "the counters of the kernel and the service, whatever the program prints",
        **over,
    }


def attack(user, **over):
    values = {"experiment": "memory-bomb", "outcome": "contained", "finding": finding()}
    return make_submission(user, **{**values, **over})


def run(client, slug, **data):
    return client.post(f"/lab/{slug}/", data)


def run_as_json(client, slug, **data):
    return client.post(f"/lab/{slug}/", data, headers={"Accept": "application/json"})


def page_of(client, address):
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()
