#!/usr/bin/python3
# A log line as servers write them, with the number of the process.
import os
import sys

with open("/iexec/consensus.iexec", "w") as proof:
    print(f"[pid {os.getpid()}] parsed {sys.argv[1]}", file=proof)
