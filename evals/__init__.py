"""How well phrases are read, measured: the project's own set, and peers on the same set in the same run."""
