"""Where is value lost, and who needs what coaching? Bottlenecks, stuck deals, pushes, losses, reps against their team."""
