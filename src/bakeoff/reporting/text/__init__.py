"""The room where numbers become English: one function for each thing said, one convention."""
