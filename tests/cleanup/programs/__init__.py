"""Makes random programs, each from a number."""

from .make import Programs
from .sources import NAME

__all__ = ["NAME", "Programs"]
