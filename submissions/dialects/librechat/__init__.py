"""LibreChat's code interpreter: the API by which its agents run programs."""
