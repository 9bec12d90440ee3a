"""How likely is an open deal won, by its age, and when? The life table of a segment, ever and within a horizon."""
