"""What a person reads afterwards, made from the ledger."""
