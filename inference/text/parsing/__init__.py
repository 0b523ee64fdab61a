"""What a model's text says: thinking, answer, and calls of tools, told apart as the text grows."""
