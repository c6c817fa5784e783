"""One trial: objectives, optimizers, and the loop that answers with a history."""
