"""Following up: which message is sent, and after how long without a reply.

Only Twilio remembers anything. Which steps were sent, and when, is read from the conversation, where the
message of each step carries a key of its own. So a follow-up that is killed at any moment resumes where it
stopped, sends each step when it is due, and sends none twice.
"""
