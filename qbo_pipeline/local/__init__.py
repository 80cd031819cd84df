"""Local stand-ins for the services the product talks to; they import nothing from the product."""
