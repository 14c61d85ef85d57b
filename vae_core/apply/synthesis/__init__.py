"""New images: `drawing` takes them from a model, `rivals` from what does without one, `classifying` tells what they are
worth to a small classifier.
"""
