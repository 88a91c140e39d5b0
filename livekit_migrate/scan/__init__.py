"""Inventory of Mediasoup in a repository: where it is imported, what is called, what that maps to."""
