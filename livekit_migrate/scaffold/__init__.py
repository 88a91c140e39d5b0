"""Scaffolding LiveKit into an app: templates, edits of the app's own files, merging of what changed."""
