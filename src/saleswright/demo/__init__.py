"""A generated company, to learn on and to test against.

`world.build(seed, until)` draws two years of one software company: its people, accounts, leads, deals with their
whole history, activities, campaigns, quotas and forecast calls. `emit.emit(world, folder)` writes it the way a
Salesforce data export looks, so that it comes in through the same door as anybody's own data.

The same seed and day always give the same files, byte for byte.
"""
