"""Programs that attack the sandbox, by name."""

from . import host, javascript, kernel, limits, output, outside, resources, supervisor

CATALOGUE = {
    attack.slug: attack
    for attack in (
        *limits.CPU,
        *limits.MEMORY,
        *limits.PROCESSES,
        *limits.DISK,
        *outside.NETWORK,
        *outside.READING,
        *resources.TIME,
        *resources.MEMORY,
        *resources.UNCHARGED,
        *resources.PROCESSES,
        *resources.DISK,
        *host.NETWORK,
        *host.READING,
        *host.QUOTAS,
        *host.TIME,
        *host.KERNEL,
        *kernel.KERNEL,
        *kernel.PRIVILEGE,
        *supervisor.SUPERVISOR,
        *output.OUTPUT,
        *javascript.JAVASCRIPT,
    )
}
