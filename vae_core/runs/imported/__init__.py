"""Runs whose model was made elsewhere: what is known of that, and how such a run is written."""
