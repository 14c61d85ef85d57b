"""Figures and colours, from values to plotly: pure, without Streamlit."""
