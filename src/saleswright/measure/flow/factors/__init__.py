"""What is the pipeline worth, and which of the four factors moved? Flow, average sale, conversion, time to close; by age."""
