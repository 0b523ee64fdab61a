"""How datasets, documents and segments look to Dify's clients. Reads rows; changes none."""
