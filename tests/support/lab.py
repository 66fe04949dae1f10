"""Runs of the lab in tests: stored ones, and those of a client."""

from django.contrib.auth.models import User
from django.test import Client

from submissions.lifecycle.models import Submission
from tests.support.clients import Answer
from tests.support.factories import make_submission


def finding(**over: object) -> dict[str, object]:
    return {
        "outcome": "contained",
        "reason": "Contained by the memory limit: the kernel killed a process at 128 MiB.",
        "facts": ["The kernel killed 1 process for memory (oom_kill)."],
        "attempts": [],
        "rests_on": "the counters of the kernel and the service, whatever the program prints",
        **over,
    }


def attack(user: User, **over: object) -> Submission:
    values: dict[str, object] = {
        "experiment": "memory-bomb",
        "outcome": "contained",
        "finding": finding(),
    }
    return make_submission(user, **{**values, **over})


def run(client: Client, slug: str, **data: object) -> Answer:
    return client.post(f"/lab/{slug}/", data)


def run_as_json(client: Client, slug: str, **data: object) -> Answer:
    return client.post(f"/lab/{slug}/", data, headers={"Accept": "application/json"})


def page_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()
