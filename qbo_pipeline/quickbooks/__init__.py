"""QuickBooks Online: the entity catalogue, OAuth, limits, faults and pages of the Accounting API."""
