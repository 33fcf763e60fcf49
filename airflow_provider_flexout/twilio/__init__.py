"""Twilio over HTTP: calls as values, one retry table, two small drivers. Knows nothing of Airflow."""
