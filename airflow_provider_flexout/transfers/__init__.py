"""Operators that copy what became of outreaches to where it is needed."""
