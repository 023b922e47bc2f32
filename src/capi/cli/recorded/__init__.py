"""The recorded past: each pass of a journal planned again, and journals made ready to be looked at elsewhere."""
