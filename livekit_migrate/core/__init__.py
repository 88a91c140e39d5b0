"""The words every room shares: Result, Finding, ChangeSet, errors, settings, files, processes."""
