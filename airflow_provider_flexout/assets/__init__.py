"""Assets of the scheme ``flexout``, which Airflow makes and checks by the provider's metadata."""
