"""What the server keeps and computes for everyone: assets, runs and what is fetched of them, images. Draws nothing.

`urls` has every address, `visible_runs` whose runs may be seen, `artifacts` and `images` what is fetched of one,
`background` whatever takes seconds; `bundle` and `assets` are what a browser loads first.
"""
