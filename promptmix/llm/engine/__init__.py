"""How requests are sent: workers, rate limiter, retries, budget, batch files, progress."""
