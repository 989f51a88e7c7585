"""Reasoning about the models: the same conditions that the handlers execute, as solver terms."""
