"""Share links: addresses under which anyone may read one run."""
