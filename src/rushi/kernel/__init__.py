"""Money, ids, clock, errors: what every room speaks. No Django here."""
