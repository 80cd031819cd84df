"""A local QuickBooks Online: OAuth and the Accounting API v3 over real HTTP."""
