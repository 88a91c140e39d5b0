"""The fixtures of a stack in containers, for the tests from end to end."""

from tests.stack.conftest import busy_image, composed, more_composed

__all__ = ["busy_image", "composed", "more_composed"]
