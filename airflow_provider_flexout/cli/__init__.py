"""The ``flexout`` command."""
