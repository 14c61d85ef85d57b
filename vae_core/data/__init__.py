"""Data sets: what is known of them, their images and labels, where they come from. Knows no model, run or setting."""
