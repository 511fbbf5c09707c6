"""What may not be bought: rules as data, screening, the review queue."""
