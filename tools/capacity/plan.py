"""The needs of a number of runs an hour: arithmetic on measured costs only.

Workload and Hosts hold the assumptions; each is an option of the command.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import ceil
from typing import Any

from executor import Limits

from .simulation.theory import places_for

HOUR, DAY = 3600, 86_400
GiB = 2**30
MESSAGES = 2
"""Messages for a run that a client waits for: a notification of the queue, which the broker keeps on
disk, and one of the run's end. A streamed run has one more for its start and for each piece of output."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Workload:
    """The programs that users run. Their costs are added to the measured costs of a minimal program."""

    runs_per_hour: float = 0.0
    peak: float = 4.0
    """Runs in the busiest minutes, as a multiple of the mean."""
    javascript: float = 0.3
    """Share of the runs."""
    births: float = 0.15
    """Share of the runs for which a slot is born: the first of a user, one after an end that no slot
    survives, one beside another."""
    program_cpu_ms: float = 50.0
    program_seconds: float = 0.5
    text_bytes: float = 2000.0
    """Code, input and output together."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hosts:
    """The hosts that a deployment buys."""

    processors: int = 8
    memory_bytes: int = 16 * GiB
    load: float = 0.6
    """Share of its processors at the peak. The rest is room for a burst or for a lost host."""
    waiting_share: float = 0.01
    """The largest share of runs that wait for a place at the peak."""
    web_threads: int = 22
    """Threads of a web process for runs that a client waits for: WEB_CLIENTS_MAX, as the settings compute
    it for two processors."""
    limit_bytes: int = Limits().memory_bytes
    """The memory that a program may take."""
    slot_seconds: float = 600.0
    """The longest time that a slot waits for its owner: EXECUTOR_SLOT_SECONDS."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Costs:
    """The cost of one run, in the workload's mixture of languages; see measured()."""

    host_cpu_ms: float
    """On the host that runs the code: worker, engine, runtime, sandbox."""
    web_cpu_ms: float
    broker_cpu_ms: float
    database_cpu_ms: float
    transactions: float
    waiting_bytes: float
    """Of an idle sandbox or slot, with its shim."""
    births: float
    """Slots born for a run; 0 where each run has a container of its own."""
    run_seconds: float
    """Time in a place beyond the program's own time."""
    written_bytes: float
    """Bytes of the write-ahead log. The program's output counts once, as it is stored once."""
    kept_bytes: float
    seals_per_second: float
    http_bytes: float


def measured(found: dict[str, Any], workload: Workload, *, lane: str = "container") -> Costs:
    """Read the costs of a lane, "container" or "slot", from the file of `measure`.

    The database is PostgreSQL if that was measured. The costs of a distributed run are added if they were
    measured (tests/load/test_distributed_cost.py), with containers: a worker needs less for a slot.
    """
    shares = {"python": 1 - workload.javascript, "javascript": workload.javascript}
    languages = found["slots" if lane == "slot" else "languages"]
    births = workload.births if lane == "slot" else 0.0
    kept = found["storage"].get("postgresql") or found["storage"]["sqlite"]

    def mixed(of: Callable[[dict[str, Any]], float]) -> float:
        return sum(share * of(languages[slug]) for slug, share in shares.items())

    server_ms = mixed(lambda run: run["cpu_ms"]["server"])
    inline = {"web": server_ms, "worker": 0.0, "broker": 0.0, "database": kept["cpu_ms"] or 0.0}
    inline |= {"transactions": kept["transactions"] or 0.0, "written_bytes": kept["written_bytes"]}
    apart = inline | found.get("distributed", {})
    of_sandboxes = mixed(lambda run: sum(run["cpu_ms"].values())) - server_ms
    rows = kept["row_bytes"] + kept["row_index_bytes"] + kept["entry_bytes"]
    return Costs(
        host_cpu_ms=of_sandboxes
        + births * mixed(lambda run: run.get("birth_cpu_ms", 0.0))
        + apart["worker"],
        web_cpu_ms=apart["web"],
        broker_cpu_ms=apart["broker"],
        database_cpu_ms=apart["database"],
        transactions=apart["transactions"],
        waiting_bytes=mixed(lambda run: run["waiting_bytes"] + run["shim_bytes"]),
        births=births,
        run_seconds=mixed(lambda run: run["idle_ms"]) / 1000,
        written_bytes=apart["written_bytes"] + workload.text_bytes,
        kept_bytes=rows + workload.text_bytes,
        seals_per_second=kept["seals_per_second"],
        http_bytes=mixed(lambda run: run["http_bytes"]) + workload.text_bytes,
    )


def needs(costs: Costs, workload: Workload, hosts: Hosts) -> Iterator[tuple[str, float]]:
    """Yield the needs of one deployment for this load, line by line."""
    mean = workload.runs_per_hour / HOUR
    peak = mean * workload.peak
    seconds = workload.program_seconds + costs.run_seconds
    places = places_for(peak * seconds, hosts.waiting_share)
    cores = peak * (costs.host_cpu_ms + workload.program_cpu_ms) / 1000 / hosts.load
    # An idle sandbox for each place: when all runs end together, the next ones start warm.
    memory = places * (hosts.limit_bytes + costs.waiting_bytes)
    web_cores = peak * costs.web_cpu_ms / 1000 / hosts.load
    yield "runs a second, mean", mean
    yield "runs a second, peak", peak
    yield "places", places
    yield "worker cores", cores
    yield "worker memory, GiB", memory / GiB
    number = ceil(max(cores / hosts.processors, memory / hosts.memory_bytes))
    yield "worker hosts", number
    if costs.births:
        born = peak * costs.births
        left = (number * hosts.memory_bytes - memory) / costs.waiting_bytes
        yield "slots born a second", born
        yield "seconds that a slot can wait", min(hosts.slot_seconds, left / born)
    yield "web processes", ceil(max(web_cores, places / hosts.web_threads))
    yield "database cores", peak * costs.database_cpu_ms / 1000 / hosts.load
    yield "transactions a second", peak * costs.transactions
    yield "written, MB a second", peak * costs.written_bytes / 1e6
    yield "rows a day", mean * DAY
    yield "kept, GB a day", mean * DAY * costs.kept_bytes / 1e9
    yield "broker cores", peak * costs.broker_cpu_ms / 1000 / hosts.load
    yield "broker messages a second", peak * MESSAGES
    yield "sealing, % of its one writer", 100 * peak / costs.seals_per_second
    yield "to clients, Mbit a second", peak * costs.http_bytes * 8 / 1e6


def ceilings(costs: Costs, workload: Workload, hosts: Hosts) -> list[tuple[str, float]]:
    """Yield the runs an hour that one of each carries at full load. The lowest is the next bottleneck."""
    seconds = workload.program_seconds + costs.run_seconds
    work = costs.host_cpu_ms + workload.program_cpu_ms
    found = [
        (f"a host of {hosts.processors} cores", HOUR * hosts.processors * 1000 / work),
        (
            f"the memory of a host of {hosts.memory_bytes / GiB:.0f} GiB",
            HOUR * hosts.memory_bytes / (hosts.limit_bytes + costs.waiting_bytes) / seconds,
        ),
        ("a web process, which has one core", HOUR * 1000 / costs.web_cpu_ms),
        (
            f"the {hosts.web_threads} threads of a web process",
            HOUR * hosts.web_threads / seconds,
        ),
        ("the one writer that seals", HOUR * costs.seals_per_second),
    ]
    for name, cpu_ms in (("database", costs.database_cpu_ms), ("broker", costs.broker_cpu_ms)):
        if cpu_ms:
            found.append((f"a core of the {name}", HOUR * 1000 / cpu_ms))
    return sorted(found, key=lambda row: row[1])
