"""What people and their programs are told: webhooks, signed, retried, kept until they arrive or are given up."""
