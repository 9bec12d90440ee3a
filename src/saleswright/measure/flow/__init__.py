"""How do deals move with time? The life table of the pipeline, and the bridge between two dates."""
