# Root's powers come in some forty pieces. Docker leaves a container's root fourteen of them;
# here nobody has any, in any of the five sets, and the "bounding set" says that nobody ever
# will.
SETS = {
    "CapInh": "inherited",
    "CapPrm": "permitted",
    "CapEff": "effective",
    "CapBnd": "bounding",
    "CapAmb": "ambient",
}

status = dict(line.split(":", 1) for line in open("/proc/self/status") if ":" in line)
for name, meaning in SETS.items():
    bits = int(status[name], 16)
    if bits:
        print(
            f"ATTEMPT have a capability in the {meaning} set: succeeded ({bits.bit_count()} of them)"
        )
    else:
        print(f"ATTEMPT have a capability in the {meaning} set: blocked (it is empty)")
