"""What runs: runtimes, ports, server binaries, health, logs."""
