"""JSON as it grows: a reader, the table of its fields, and a verdict."""
