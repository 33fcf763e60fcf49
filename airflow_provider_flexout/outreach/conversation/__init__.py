"""Opening a conversation with a customer, without an agent, once.

The order of the steps keeps the promise: the conversation under its unique name, the customer, and the
webhook that hears their reply, before anybody says the first word in it.

* ``request``: the outreach as a value, and its result;
* ``create_once``: the way in, and one attempt;
* ``reply_webhook``: registering the webhook once, though Twilio gives it no unique name.
"""
