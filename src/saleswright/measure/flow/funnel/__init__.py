"""Where do deals stop? Conversion stage by stage, time in stage, cohorts, and who went where between two days."""
