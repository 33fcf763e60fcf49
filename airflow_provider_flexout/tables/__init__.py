"""What became of each outreach, written as two tables: into a database, or as files."""
