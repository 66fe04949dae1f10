"""Every attack, in a real container, is contained."""

import pytest

from . import (
    attacks,
    host_attacks,
    javascript_attacks,
    kernel_attacks,
    resource_attacks,
    supervisor_attacks,
)

pytestmark = pytest.mark.docker

CATALOGUE = {
    attack.slug: attack
    for attack in (
        *attacks.CPU,
        *attacks.MEMORY,
        *attacks.PROCESSES,
        *attacks.DISK,
        *attacks.NETWORK,
        *attacks.READING,
        *resource_attacks.TIME,
        *resource_attacks.MEMORY,
        *resource_attacks.UNCHARGED,
        *resource_attacks.PROCESSES,
        *resource_attacks.DISK,
        *host_attacks.NETWORK,
        *host_attacks.READING,
        *host_attacks.QUOTAS,
        *host_attacks.KERNEL,
        *kernel_attacks.KERNEL,
        *kernel_attacks.PRIVILEGE,
        *kernel_attacks.SUPERVISOR,
        *kernel_attacks.OUTPUT,
        *supervisor_attacks.SUPERVISOR,
        *supervisor_attacks.OUTPUT,
        *javascript_attacks.JAVASCRIPT,
    )
}
NEEDS_X86_64 = {
    "shoots-the-messenger",
    "all-other-syscalls",
    "namespaces-by-clone",
    "x32-syscall",
    "32-bit-syscall",
    "traced-by-the-shim",
    "signals-by-other-ways",
    "protocols-loaded-by-an-option",
    "powers-by-prctl",
    "things-left-in-shared-memory",
    "32-bit-program",
}


@pytest.mark.parametrize("slug", CATALOGUE)
def test_attack_is_contained(slug):
    if not kernel_attacks.IS_X86_64 and (slug in NEEDS_X86_64 or slug.startswith("syscall-")):
        pytest.skip("the numbers of its system calls are those of x86-64")
    result = CATALOGUE[slug].run()
    assert CATALOGUE[slug].contained(result), result
