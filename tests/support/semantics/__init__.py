"""Programs, and what the plain runtime makes of them: a sandbox has to make the same."""
