"""What to order a dock next. Sends nothing."""
