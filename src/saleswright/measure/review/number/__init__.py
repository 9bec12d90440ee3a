"""What is the number? A likely range from created and closed dates alone."""
