"""Words for people: what a run, a setting or an error is called. Draws nothing."""
