"""Pictures that come as arrays of numbers."""
