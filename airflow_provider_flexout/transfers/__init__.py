"""Operators that move what became of outreaches to where it is asked for."""
