"""SQL, by subject. Each function is one unit of work inside a transaction of the writer, or one read."""
