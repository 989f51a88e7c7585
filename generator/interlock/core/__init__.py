"""Foundations without knowledge of IEC 62351-4: positions, diagnostics, errors, data files."""
