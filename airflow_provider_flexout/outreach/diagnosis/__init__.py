"""What an account lacks for outreach: checks that read, and send nothing to anybody."""
