"""The state: rows, indexes, logs, scripts, and what each sandbox begins with."""
