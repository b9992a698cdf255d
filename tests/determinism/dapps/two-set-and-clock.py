#!/usr/bin/python3
# Tags in the order of a set, under the time of the run.
import sys
import time

with open("/iexec/consensus.iexec", "w") as proof:
    print("generated", time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime()), file=proof)
    print("tags", " ".join({argument.upper() for argument in sys.argv[1:]}), file=proof)
