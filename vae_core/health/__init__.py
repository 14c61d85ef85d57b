"""Whether a training is healthy, from numbers it has left: evidence in, a verdict out. Never sees a run or a file."""
