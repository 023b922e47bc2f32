"""What the engine needs of the world, as Protocols over core types. `Result` begins here."""
