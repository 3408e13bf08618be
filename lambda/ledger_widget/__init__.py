"""Shows the ledger of a model's releases on its dashboard."""
