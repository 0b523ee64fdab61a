"""The engine's ports, implemented with what the platform has."""
