"""The proof of whole forecasts: drawn worlds over and over, a real record, and a record in which nothing predicts.

    python -m tests.measure.forecast.proof.run --kind stable --number 300 --times 1000 --keep folder
    python -m tests.measure.forecast.proof.run --tell folder

A replication is one world, drawn anew with its law, and one forecast of the quarter that is running or about to begin there.
It is independent of all others, so its 80 % range counts as one case. What they came to: docs/decisions/0035.
"""
