"""Webhooks of Tableau: registered on the site, kept as files by the receiver, judged, confirmed and applied."""
