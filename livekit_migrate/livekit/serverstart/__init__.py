"""How a livekit-server is started in a project: command line, environment, configuration, and what wins."""
