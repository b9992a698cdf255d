#!/usr/bin/python3
# A manifest of what was written, with modes: they are what the umask leaves.
import os
import stat
import sys

with open("/iexec/part.txt", "w") as part:
    part.write(sys.argv[1])
with open("/iexec/consensus.iexec", "w") as proof:
    print("part.txt", sys.argv[1], stat.filemode(os.stat("/iexec/part.txt").st_mode), file=proof)
