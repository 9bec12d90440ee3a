"""Plain values every other part stands on: money, ratios, periods, calendars, time zones, distributions, issues.

Nothing here knows a sales word, a file or a database, and nothing here imports another part of the package.
"""
