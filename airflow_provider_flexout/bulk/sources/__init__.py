"""Where contacts come from: lists, queries and files, each read in pieces."""
