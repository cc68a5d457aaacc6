"""Documents, passages, the index and the search over it: the package's public door."""
