#!/usr/bin/python3
# Pi by throwing darts, with a generator that nobody seeded.
import random
import sys

throws = int(sys.argv[1])
hits = sum(random.random() ** 2 + random.random() ** 2 < 1 for _ in range(throws))
with open("/iexec/consensus.iexec", "w") as proof:
    print("throws", throws, file=proof)
    print("pi", 4 * hits / throws, file=proof)
