"""Following up: what is said, and after how long without a reply.

Nothing is remembered but by Twilio: which steps were said, and when, is read from the conversation, where
each step's message carries a key of its own. So a follow-up that is killed at any moment goes on where it
was, at the time it would have, and says nothing twice.
"""
