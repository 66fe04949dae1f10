"""Programs that attack the sandbox, by name."""

from . import basic, host, javascript, kernel, resources, supervisor

CATALOGUE = {
    attack.slug: attack
    for attack in (
        *basic.CPU,
        *basic.MEMORY,
        *basic.PROCESSES,
        *basic.DISK,
        *basic.NETWORK,
        *basic.READING,
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
        *kernel.SUPERVISOR,
        *kernel.OUTPUT,
        *supervisor.SUPERVISOR,
        *supervisor.OUTPUT,
        *javascript.JAVASCRIPT,
    )
}
