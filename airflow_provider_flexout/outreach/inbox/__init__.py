"""Reading what customers write in many conversations."""
