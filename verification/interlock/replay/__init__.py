"""Carrying out what verification finds on the generated handlers, with real cryptography."""
