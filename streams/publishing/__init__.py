"""What goes out: producers, the fence of a partition, profiles and notices."""
