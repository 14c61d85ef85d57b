"""Parts of the page Data: what was sent, shown before it is kept; and what was kept. No other page draws them."""
