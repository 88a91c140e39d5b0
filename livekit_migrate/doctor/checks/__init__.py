"""The checks: one file each, found by listing this folder; files that begin with ``_`` help them."""
