#!/usr/bin/python3
# Work that is cut into as many pieces as there are processors.
import hashlib
import os
import sys

data = sys.argv[1].encode() * 1000
pieces = len(os.sched_getaffinity(0))
length = -(-len(data) // pieces)
with open("/iexec/consensus.iexec", "w") as proof:
    for start in range(0, len(data), length):
        print(hashlib.sha256(data[start : start + length]).hexdigest(), file=proof)
