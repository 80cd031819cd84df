"""QuickBooks' own reports brought up to date with few requests: statements first, then the months that changed."""
