"""Tables: read in a process of its own, with limits, into plain numbers. What is made of them is `intake.tables`."""
