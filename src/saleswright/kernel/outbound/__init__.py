"""How does anything reach the internet from here? Through this one client, and only where the rules let it.

An address is read strictly, its name is resolved once, every address it has must be one that may be connected to, and
that very address is connected to: between the check and the connection nothing is looked up again. Nothing is taken from
the environment, no proxy, no cookies, no credentials of other hosts.
"""
