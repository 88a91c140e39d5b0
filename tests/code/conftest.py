"""Fixtures for tests about permissions."""

from tests.unprivileged import user_env, user_lkm, user_project

__all__ = ["user_env", "user_lkm", "user_project"]
