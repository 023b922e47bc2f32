"""The commands: thin, and nothing decides here."""
