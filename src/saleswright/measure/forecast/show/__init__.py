"""Where will the period land, what is that made of, what moved since last week, and is the next one being built?"""
