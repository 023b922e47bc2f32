"""One edge of the world a module."""
