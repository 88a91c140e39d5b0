"""The one-pass evaluator: what a flag decides is decided, and what that leaves unused goes."""
