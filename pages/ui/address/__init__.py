"""The URL and this visit's state: what a copied address holds. The only room that touches st.session_state."""
