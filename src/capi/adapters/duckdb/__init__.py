"""The journal's projection into DuckDB: what people and commands query. Lost, it is made anew."""
