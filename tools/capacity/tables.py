"""The measured numbers as tables."""

from typing import Any

from ..benchmark.report import table

Rows = list[tuple[object, ...]]
MiB = 2**20
MEMORY = {
    "waiting_bytes": "waiting sandbox or slot",
    "peak_bytes": "running sandbox",
    "shim_bytes": "shim of either",
    "server_bytes": "server",
}


def tables(found: dict[str, Any]) -> str:
    """Draw the parts of the file of `measure` that exist."""
    parts = (_runs(found), _apart(found), _storage(found), _self_check(found))
    return "\n\n".join(table(rows) for rows in parts if rows)


def _runs(found: dict[str, Any]) -> Rows:
    slots = {f"{slug}, slot": one for slug, one in found.get("slots", {}).items()}
    if not (languages := found.get("languages", {}) | slots):
        return []
    each = list(languages.values())
    rows: Rows = [("a run costs", *languages)]
    rows += [(f"CPU ms: {who}", *(one["cpu_ms"][who] for one in each)) for who in each[0]["cpu_ms"]]
    births = [one.get("birth_cpu_ms") for one in each]
    rows.append(("CPU ms: all", *(float(sum(one["cpu_ms"].values())) for one in each)))
    if slots:
        rows.append(("CPU ms: a slot's birth", *births))
    rows.append(("idle, ms over HTTP", *(one["idle_ms"] for one in each)))
    rows.append(("at most a second", *(one["runs_per_second"] for one in each)))
    for name, what in MEMORY.items():
        rows.append((f"MiB: {what}", *(one[name] / MiB for one in each)))
    rows.append(("HTTP, bytes", *(f"{one['http_bytes']:.0f}" for one in each)))
    return rows


def _apart(found: dict[str, Any]) -> Rows:
    if not (apart := found.get("distributed")):
        return []
    rows: Rows = [("a distributed run costs", "CPU ms")]
    return rows + [(name, float(apart[name])) for name in ("web", "worker", "broker", "database")]


def _storage(found: dict[str, Any]) -> Rows:
    if not (storage := found.get("storage")):
        return []
    rows: Rows = [("a run costs the database", *storage)]
    for name in next(iter(storage.values())):
        values = (kind[name] for kind in storage.values())
        rows.append(
            (name.replace("_", " "), *(None if one is None else float(one) for one in values))
        )
    return rows


def _self_check(found: dict[str, Any]) -> Rows:
    if not (check := found.get("self_check")):
        return []
    title = f"beside a self-check of {check['check_seconds']:.1f} s, ms"
    rows: Rows = [(title, "p50", "p95", "p99")]
    names = {"calm": "none", "checking": "one after the other"}
    names["scheduled"] = f"one every {check['period_seconds']:.0f} s"
    return rows + [(label, *map(float, check[name].values())) for name, label in names.items()]
