"""From a failed data-quality check to the people it touches."""
