"""How an agent works: a model that thinks and calls tools, step by step, until it answers."""
