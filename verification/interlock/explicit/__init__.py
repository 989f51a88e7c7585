"""A second semantics of the machines: explicit-state search, without a solver."""
