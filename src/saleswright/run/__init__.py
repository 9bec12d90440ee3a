"""How does work run? What is waited for, what goes out, what runs by the calendar."""
