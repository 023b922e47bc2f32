"""The rules, one intent a file. They read a `View` and yield actions; they never call each other."""
