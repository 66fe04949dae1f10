# AppArmor's part in a slot (docs/security.md, "Under AppArmor"). scripts/apparmor installs this file.
#
# Both profiles are the engine's own for containers (docker-default, the template in moby/profiles of 2026) with the
# changes that comments name. A file of abi 3.0 says nothing about user namespaces, as the engine's does not;
# where the parser knows abi 4.0, scripts/apparmor declares that, and the rule below counts.
abi <abi/3.0>,

@{PROC}=/proc/
# The label of a process under both profiles, in the kernel's order.
@{PROGRAM}=safe-code-executor-program//&safe-code-executor-slot

# The supervisor, which makes nested sandboxes. No code of a program runs under this profile alone.
profile safe-code-executor-slot flags=(attach_disconnected,mediate_deleted) {
  network,
  unix,
  deny network alg,
  deny network vsock,
  file,

  # docker-default allows every capability, and umount.
  capability sys_admin,   # mounts
  capability net_admin,   # the loopback, and settings of the nest's network
  capability setpcap,     # giving up all capabilities
  capability sys_chroot,  # joining a nest's mounts
  #userns,

  signal (receive) peer=unconfined,
  signal (receive) peer=runc,
  signal (receive) peer=crun,
  signal (send,receive) peer=safe-code-executor-slot,
  signal (send,receive) peer=@{PROGRAM},

  # docker-default denies every mount.
  mount options=(rw,rprivate) -> /,
  mount fstype=mqueue options=(rw,nosuid,nodev,noexec) -> /dev/mqueue/,
  mount fstype=tmpfs options=(rw,nosuid,nodev,noexec) -> /{app,box,tmp,dev/shm}/,
  mount fstype=proc options=(ro,nosuid,nodev,noexec) -> /proc/,
  mount options in (ro,remount,bind,nosuid,nodev,noexec) -> /{dev,sys/fs/cgroup}/,
  mount options=(rw,bind) /dev/null -> /proc/**,
  mount options=(rw,bind) /sandbox/nothing/ -> /proc/**/,

  # A program's process takes on the second profile too, before it runs the program, and can't leave it.
  change_profile -> &safe-code-executor-program,

  deny @{PROC}/* w,
  deny @{PROC}/{[^1-9/],[^1-9/][^0-9/],[^1-9s/][^0-9y/][^0-9s/],[^1-9/][^0-9/][^0-9/][^0-9/]*}/** w,
  # docker-default denies all of /proc/sys/net. A nest sets net/core/so* and net/ipv4/tc* of its own network.
  deny @{PROC}/sys/[^kn]** w,
  deny @{PROC}/sys/net/[^ci]** w,
  deny @{PROC}/sys/net/core/[^s]** w,
  deny @{PROC}/sys/net/core/s[^o]** w,
  deny @{PROC}/sys/net/ipv[^4]** w,
  deny @{PROC}/sys/net/ipv4/[^t]** w,
  deny @{PROC}/sys/net/ipv4/t[^c]** w,
  # … and ns_last_pid, of its own processes.
  deny @{PROC}/sys/kernel/{?,??,[^ns][^h][^m]**,n[^s]**,ns[^_]**} w,
  deny @{PROC}/sysrq-trigger rwklx,
  deny @{PROC}/kcore rwklx,
  deny /sys/[^f]*/** wklx,
  deny /sys/f[^s]*/** wklx,
  deny /sys/fs/[^c]*/** wklx,
  deny /sys/fs/c[^g]*/** wklx,
  deny /sys/fs/cg[^r]*/** wklx,
  deny /sys/firmware/** rwklx,
  deny /sys/devices/virtual/powercap/** rwklx,
  deny /sys/kernel/security/** rwklx,

  ptrace (trace,tracedby,read,readby) peer=safe-code-executor-slot,
  ptrace (trace,tracedby,read,readby) peer=@{PROGRAM},
}

# A program in a nest is under both profiles: what either refuses, is refused.
profile safe-code-executor-program flags=(attach_disconnected,mediate_deleted) {
  network,
  unix,
  deny network alg,
  deny network vsock,
  file,
  # docker-default allows capabilities and umount: a program needs neither, and no mount and no user namespace.

  signal (receive) peer=unconfined,
  signal (receive) peer=runc,
  signal (receive) peer=crun,
  # A program reaches its nest's first process, which ignores it. A refusal here would be a line in the host's log.
  signal (send,receive) peer=safe-code-executor-slot,
  signal (send,receive) peer=@{PROGRAM},

  deny @{PROC}/* w,
  deny @{PROC}/{[^1-9/],[^1-9/][^0-9/],[^1-9s/][^0-9y/][^0-9s/],[^1-9/][^0-9/][^0-9/][^0-9/]*}/** w,
  deny @{PROC}/sys/[^k]** w,
  deny @{PROC}/sys/kernel/{?,??,[^s][^h][^m]**} w,
  deny @{PROC}/sysrq-trigger rwklx,
  deny @{PROC}/kcore rwklx,
  deny mount,
  deny /sys/[^f]*/** wklx,
  deny /sys/f[^s]*/** wklx,
  deny /sys/fs/[^c]*/** wklx,
  deny /sys/fs/c[^g]*/** wklx,
  deny /sys/fs/cg[^r]*/** wklx,
  deny /sys/firmware/** rwklx,
  deny /sys/devices/virtual/powercap/** rwklx,
  deny /sys/kernel/security/** rwklx,

  ptrace (trace,tracedby,read,readby) peer=@{PROGRAM},
}
