"""Airflow's triggers for Twilio Flex: they read, and contact nobody."""
