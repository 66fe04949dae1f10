"""E2B, the runner of many agents, as far as it runs code."""
