"""What in a study's own trials warns against its conclusions."""
