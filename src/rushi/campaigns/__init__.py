"""What an advertiser buys: campaigns, budgets, material, questions."""
