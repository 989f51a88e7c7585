"""State-machine models: expression language, vocabulary, messages, checks, machines.

The one description of each check lives in the files that this package reads. Generated
handlers, solver terms and documents are three interpretations of it.
"""
