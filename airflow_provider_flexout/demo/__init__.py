"""`flexout demo`: a real Airflow and the sandbox, from nothing to a closed conversation per customer.

`RealAirflow` is also what the project's own tests boot when they need schedulers and triggerers that can
be killed.
"""
