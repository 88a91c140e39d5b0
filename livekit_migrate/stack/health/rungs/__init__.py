"""The rungs: each module has NAME, TITLE, ORDER, wanted(climb) and look(climb)."""
