"""The alarm loop: what is due becomes runs, runs are delivered, outcomes are recorded."""
