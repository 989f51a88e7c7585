"""What verification found, for readers: a page, a document, diagrams, terminal text."""
