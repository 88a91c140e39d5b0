"""Taking an old stack out of an app: its flag, code, dependencies, variables, services and texts."""
