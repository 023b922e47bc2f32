"""`capi doctor`: whether an engine could start here, and would work, said check by check before it does."""
