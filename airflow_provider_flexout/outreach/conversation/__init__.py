"""Opening a conversation with a customer, without an agent, once.

The order of the steps keeps the promise: before anybody says the first word in it, the conversation gets its
unique name, the customer, and the webhook that hears their reply.

* ``request``: the outreach as a value, and its result;
* ``create_once``: the way in, also for a conversation that exists already, in which perhaps nobody listens;
* ``agent_on_reply``: one attempt, and finding its webhook, which has no unique name at Twilio.
"""
