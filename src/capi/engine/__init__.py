"""The pass and the ledger, over ports alone. `Result` ends here."""
