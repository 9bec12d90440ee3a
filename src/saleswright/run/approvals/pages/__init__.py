"""What waits for a decision, on a page: found, shown, and decided there."""
