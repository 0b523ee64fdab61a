"""Live events by cursor: append, read and tail Redis Streams.

Knows Redis and positions; knows nothing of what an event means, and keeps nothing that PostgreSQL does not have.
"""
