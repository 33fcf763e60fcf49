"""What the receipts of a campaign's messages tell: whether its senders may send, and what arrived."""
