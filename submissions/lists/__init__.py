"""What all lists of rows share: a bounded count, and the search."""
