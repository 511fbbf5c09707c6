"""What the answers say: estimates, reports, exports."""
