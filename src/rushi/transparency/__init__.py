"""What must go into the public log: ids only, written in the transaction of what they stand for."""
