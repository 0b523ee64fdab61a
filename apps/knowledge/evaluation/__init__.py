"""A dataset's test set, how well settings do on it, and which setting would do better."""
