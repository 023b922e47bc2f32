"""Replays: the real engine against the paper exchange, in simulated time. Its room is here because it needs both."""
