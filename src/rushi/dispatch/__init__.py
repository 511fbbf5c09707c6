"""Who gets which task: the hall, claims, leases, places."""
