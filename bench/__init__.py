"""How fast is it? Each benchmark is one ratio against a named baseline, printed as one line of JSON.

    python -m bench --list
    python -m bench win_rate_5m [--small] [--keep DIR]

Ours and the baseline run in turn, so that a busy machine slows both; what is printed are the medians. `--small` shows
in seconds that a benchmark still runs; its figures mean nothing. Everything generated is seeded.
"""
