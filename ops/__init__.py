"""How it is run and checked: the command line, the local stack, replay, benchmarks."""
