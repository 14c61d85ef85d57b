"""What pages are made of: state, resources, forms, figures, routes and components. Imports `vae_core`, never a page."""
