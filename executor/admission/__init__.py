"""Who may start a run, and when: the gate, the places, and the wait for one."""
