#!/usr/bin/python3
# A compressed result and no consensus.iexec: the header of a gzip carries the time.
import gzip
import sys

with gzip.open("/iexec/result.gz", "wt") as result:
    for number in range(int(sys.argv[1])):
        print(number, number * number, file=result)
