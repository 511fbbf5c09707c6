"""The simulated market: demo people who go through the same actions."""
