#!/usr/bin/python3
# Threads that race, and results that are put in the order of the work.
import concurrent.futures
import hashlib
import os
import sys


def part(number):
    return hashlib.sha256(bytes([number]) * 100_000 + sys.argv[1].encode()).hexdigest()


with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0)) * 2) as pool:
    lines = list(pool.map(part, range(16)))
with open("/iexec/consensus.iexec", "w") as proof:
    proof.write("\n".join(lines) + "\n")
