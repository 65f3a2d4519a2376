"""Memory consistency: every outcome of a litmus test, on flat memory or on the table of any protocol."""
