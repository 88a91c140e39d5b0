"""What checks of an app's code stand on: its files parsed once, names followed from file to file."""
