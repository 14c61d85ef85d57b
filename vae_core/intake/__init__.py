"""Data of the user's own, on their way in: folders, archives, arrays and tables are surveyed, shown, decoded and kept.

What lies here is untrusted: nothing of it is executed, archives are never unpacked, and pictures are decoded in child
processes with limits. What is kept then lies in `data.kept` as plain numbers, and nothing else knows where it was from.
"""
