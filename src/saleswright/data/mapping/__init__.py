"""What does each column mean? A mapping is text a person can edit; it compiles to one query over the raw rows."""
