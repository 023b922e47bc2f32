"""Telling the operator over Telegram."""
