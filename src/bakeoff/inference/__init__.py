"""A trained model after its trial: described, written, read again, and asked."""
