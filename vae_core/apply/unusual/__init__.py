"""How unusual an image is: scores by a model, by its file's length, and without a model; higher the more unusual."""
