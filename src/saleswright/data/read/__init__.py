"""What is in this file? Encoding, dialect, rows and the shape of every column, told from the whole file."""
