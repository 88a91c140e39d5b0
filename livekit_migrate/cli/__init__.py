"""Commands: options in, Result out. The only importer of typer."""
