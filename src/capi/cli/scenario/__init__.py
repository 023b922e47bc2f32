"""Scenarios: incidents of other engines, each as a file, played on the simulated exchange by the real engine."""
