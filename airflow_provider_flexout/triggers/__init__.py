"""Airflow's triggers for Twilio Flex: they only read."""
