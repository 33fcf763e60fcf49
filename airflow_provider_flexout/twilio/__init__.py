"""Twilio over HTTP: calls as values, one retry brain, two small drivers. Knows nothing of Airflow."""
