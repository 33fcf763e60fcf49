"""What Twilio does where nothing is published: found out with an address of the user's own."""
