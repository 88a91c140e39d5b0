"""Edits of the app's own files, one kind a module: on the syntax tree, refused where it is not sure."""
