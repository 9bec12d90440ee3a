"""Which deals need a fix, and whose are they?"""
