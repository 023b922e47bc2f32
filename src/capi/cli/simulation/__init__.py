"""The proof by simulation: the real engine through bad days, everything drawn from one seed, checked at every step."""
