"""What the reading commands share: which folder, which source, which events. They change nothing."""
