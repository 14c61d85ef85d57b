"""What a run gives to other programs, one module for each format; `formats` lists them all.

A format makes files of a run, {name: bytes}, and writes none: `formats.write` does, for all of them.
"""
