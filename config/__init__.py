"""Settings, server and entry points of the site."""

__version__ = "0.1.0"  # the only place: pyproject.toml, the API and the metrics read it
