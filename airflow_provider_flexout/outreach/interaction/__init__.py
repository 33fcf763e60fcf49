"""Opening an interaction between a customer and an agent, once.

Twilio takes no idempotency key. Everything here is built on what Twilio refuses to do twice: a conversation's
unique name exists once, and a pair of addresses is in one open conversation.

The modules, in the order in which an outreach meets them:

* ``request``: the outreach as a value, made of its arguments;
* ``open_once``: the way in, which chooses between ``conversation_first`` (the default, and for a conversation
  that exists already) and ``one_call``;
* ``record``: what an outreach writes into its conversation, for every later attempt;
* ``lookup`` and ``reconciliation``: finding out whether an earlier attempt's request got through;
* ``participants``: adding the customer, and what is said to them first;
* ``cleanup``: removing what reached nobody.
"""
