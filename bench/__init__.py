"""Figures of lkm as ratios against a reference that runs in the same run, on the same machine."""
