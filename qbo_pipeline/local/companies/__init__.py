"""The demo companies, generated from a seed."""
