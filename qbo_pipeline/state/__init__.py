"""State that several processes share: connections, cursors and request budgets."""
