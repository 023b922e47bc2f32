"""Pure: decides. No clock, no randomness, no I/O, no third-party package."""
