"""Real server processes, killed at random moments over one store, with real deliveries: what is lost, what comes twice."""
