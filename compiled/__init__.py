"""Compile what a replay runs through, for whoever replays months (`make fast`). What trades is never compiled."""
