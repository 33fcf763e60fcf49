"""Reading the sandbox's state, for tests and the page."""
