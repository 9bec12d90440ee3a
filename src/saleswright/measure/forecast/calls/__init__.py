"""What do people call, for whose number, and how does it add up? Dated calls through the one door, over the tree as it was."""
