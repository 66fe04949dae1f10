"""How much a deployment can take: what a run costs, what so many runs need, and who waits how long.
docs/scaling.md is made with it."""
