"""What pages are made of: state, forms, figures, routes and components. Imports `vae_core`, never a page."""
