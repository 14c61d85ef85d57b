"""What Streamlit mounts: a folder each, with its html, style sheets and entry module. `run_data`
is what each is told of a run. None knows another, but linked maps show a canvas's data for each of their models.
"""
