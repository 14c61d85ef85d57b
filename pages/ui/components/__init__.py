"""What Streamlit mounts: a folder each, with its html, style sheets and entry module. None knows another."""
