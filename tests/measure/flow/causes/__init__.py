"""Where value is lost, and reps against their team: laws, ties to the metrics, and measured error rates."""
