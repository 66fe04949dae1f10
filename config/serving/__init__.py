"""The web server: waitress, with bounds for connections and bodies."""
