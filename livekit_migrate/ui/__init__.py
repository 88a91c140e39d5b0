"""Renderings of a Result. The only importer of rich."""
