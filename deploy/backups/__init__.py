"""Backups of a whole installation: how their parts are written and read, and what the manifest says of them."""
