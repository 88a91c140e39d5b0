"""What the app on disk is: its files, packages, frameworks, package manager, env files, services."""
