"""What Twilio does with a valid request: a module for each resource."""
