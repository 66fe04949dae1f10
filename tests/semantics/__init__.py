"""The differential suite: a program sees in the sandbox what the plain runtime shows it."""
