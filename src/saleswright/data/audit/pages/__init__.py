"""The log on a page, and each record of it."""
