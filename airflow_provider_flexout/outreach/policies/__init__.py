"""What stands between the wish to contact somebody and the contact: hours, caps, consent, staff."""
