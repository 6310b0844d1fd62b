"""Speed as ratios to baselines of the same run. `python -m evals.bench` runs all and prints the table."""
