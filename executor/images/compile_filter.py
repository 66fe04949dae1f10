"""Compiles seccomp.json for a nested sandbox, whose program the supervisor puts under it (nest.c).

    python3 compile_filter.py seccomp.json filter.bpf

It runs while an image is built, with libseccomp's own module for Python. The container engine compiles
the same file, with the same library, for a sandbox that is not nested.
"""

import json
import sys
from pathlib import Path
from typing import Any

import seccomp  # type: ignore[import-not-found]  # only the build has it

OPERATORS = {"SCMP_CMP_EQ": "EQ", "SCMP_CMP_MASKED_EQ": "MASKED_EQ"}


def compile_filter(profile: dict[str, Any], target: Path) -> None:
    def action(rule: dict[str, Any]) -> Any:
        if rule["action"] == "SCMP_ACT_ALLOW":
            return seccomp.ALLOW
        return seccomp.ERRNO(rule.get("errnoRet", profile["defaultErrnoRet"]))

    def argument(one: dict[str, Any]) -> Any:
        operator = getattr(seccomp, OPERATORS[one["op"]])
        if "valueTwo" in one:
            return seccomp.Arg(one["index"], operator, one["value"], one["valueTwo"])
        return seccomp.Arg(one["index"], operator, one["value"])

    compiled = seccomp.SyscallFilter(seccomp.ERRNO(profile["defaultErrnoRet"]))
    compiled.set_attr(seccomp.Attr.CTL_OPTIMIZE, 2)  # a binary tree instead of a list
    for rule in profile["syscalls"]:
        for name in rule["names"]:
            if is_known(name):
                arguments = [argument(one) for one in rule.get("args", [])]
                compiled.add_rule(action(rule), name, *arguments)
    with target.open("wb") as file:
        compiled.export_bpf(file)


def is_known(name: str) -> bool:
    """Whether the call exists on this architecture; the library has negative numbers for others."""
    try:
        return bool(seccomp.resolve_syscall(seccomp.Arch(), name) >= 0)
    except ValueError:
        return False


if __name__ == "__main__":
    compile_filter(json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2]))
