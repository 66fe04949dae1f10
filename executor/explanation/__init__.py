"""What a person is told about a run: a sentence for every end, and a hint for the commonest mistakes."""
