#!/usr/bin/python3
# A message with the name of a temporary folder in it.
import sys
import tempfile

folder = tempfile.mkdtemp(prefix="render-")
with open("/iexec/consensus.iexec", "w") as proof:
    print("scene", sys.argv[1], file=proof)
    print("wrote", folder + "/frame.ppm", file=proof)
