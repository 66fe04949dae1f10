"""Jobe, the runner of CodeRunner, Moodle's questions that are answered with programs."""
