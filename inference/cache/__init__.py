"""The paged KV cache's books: which page holds what, for whom, and which may be taken for something else."""
