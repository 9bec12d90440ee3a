"""What does a model's client get? Every question, and every change that may be suggested, as typed tools."""
