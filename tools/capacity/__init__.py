"""How much a deployment can take: what a run costs, what a load needs, and how long programs wait.
docs/scaling.md is made with it."""
