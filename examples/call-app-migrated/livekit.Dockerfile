# Optional: LiveKit with its configuration inside, for engines that cannot mount a file of this folder.
# In docker-compose.yml take the `build` line of the service livekit instead of `image` and `volumes`.
FROM livekit/livekit-server:v1.13.5

COPY livekit.yaml /etc/livekit.yaml
CMD ["--config", "/etc/livekit.yaml"]
