"""What each data-quality tool reports, read as alerts."""
