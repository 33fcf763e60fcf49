"""Contact policies: what must agree before somebody is contacted. Hours, caps, consent, lists, agents."""
