"""What the commands share that speak to the exchange."""
