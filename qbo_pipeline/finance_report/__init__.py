"""Statements, agings and charts of a company out of the warehouse, for the terminal and as one HTML file."""
