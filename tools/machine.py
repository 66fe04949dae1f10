"""The machine of a measurement, as its record describes it."""

import os
import platform
from typing import Any

from executor.conf import config
from executor.sandbox import engine


def machine(load: float | None = None) -> dict[str, Any]:
    """Describe this machine; `load` is what it had before the measurement, if not what it has now."""
    information = engine.information()
    return {
        "processors": os.cpu_count(),
        "load": os.getloadavg()[0] if load is None else load,
        "kernel": platform.release(),
        "python": platform.python_version(),
        "engine": information["ServerVersion"],
        "cgroup": information.get("CgroupVersion"),
        "runtime": config().runtime,
    }


def rounded(value: Any) -> Any:
    """Round floats to four digits: more than the accuracy of the measurements."""
    if isinstance(value, dict):
        return {name: rounded(one) for name, one in value.items()}
    if isinstance(value, list):
        return [rounded(one) for one in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value
