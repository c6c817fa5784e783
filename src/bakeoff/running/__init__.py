"""Trials answered: the store, the workers, and the process that coordinates them."""
