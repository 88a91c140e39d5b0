"""The runtimes: one module each."""
