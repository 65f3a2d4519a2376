"""What the compiled engine takes; said without loading what it is made of."""

POLICIES = ("LRU", "FIFO", "Random")  # whose hits change nothing but when a line was last used
MOST_CORES = 1024  # 10 bits; and who took copies from whom is a square
MOST_STATES = 63  # 6 bits of a pair's state
MOST_CYCLES = 1 << 51
