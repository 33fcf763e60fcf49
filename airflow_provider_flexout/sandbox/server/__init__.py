"""The way of a request, the sandbox's own controls, the journal, and the port."""
