"""One file per command: found by listing this folder."""
