"""The rules of outreach, as generators of Twilio calls: no Airflow, no I/O of their own."""
