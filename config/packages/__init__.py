"""Settings of packages that no variable of the environment changes."""
