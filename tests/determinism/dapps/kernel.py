#!/usr/bin/python3
# Says on what kernel it was built.
import platform
import sys

with open("/iexec/consensus.iexec", "w") as proof:
    print("program", sys.argv[1], file=proof)
    print("built on", platform.system(), platform.release(), file=proof)
