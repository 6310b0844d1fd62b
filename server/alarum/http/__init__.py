"""HTTP for deliveries: where they may go, and requests with few allocations and hard limits."""
