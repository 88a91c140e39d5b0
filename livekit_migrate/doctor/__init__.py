"""`lkm doctor`: many small checks, run at once, and one diagnosis made of what they say."""
