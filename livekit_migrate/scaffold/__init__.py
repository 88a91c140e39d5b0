"""Scaffolding LiveKit into an app: choose and render templates, edit the app's own files, merge what changed."""
