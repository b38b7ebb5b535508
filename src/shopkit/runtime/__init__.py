"""What every command shares: tables, batches, state, settings, files. Knows nothing of shops."""
