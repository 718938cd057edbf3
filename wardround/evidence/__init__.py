"""What was proved, as data, and the pages made from it."""
