"""Webhooks of QuickBooks: deliveries are received and kept as files, read, and claimed by whoever applies them."""
