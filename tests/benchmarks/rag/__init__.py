"""How well Weft finds passages, measured through its own HTTP API with default settings on data that is handed in."""
