"""Is the checking any good? Systematic faults in the sources, and whether anything notices."""
