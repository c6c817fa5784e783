"""Everything the command does, as functions: run studies, read results, write reports."""
