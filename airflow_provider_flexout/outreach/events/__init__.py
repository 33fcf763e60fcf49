"""What Twilio pushes: messages, delivery receipts, tasks and channels, each read into one kind of event."""
