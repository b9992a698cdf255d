#!/usr/bin/python3
# A manifest with owner and mode of what was written.
import os
import sys

with open("/iexec/part.txt", "w") as part:
    part.write(sys.argv[1])
facts = os.stat("/iexec/part.txt")
with open("/iexec/consensus.iexec", "w") as proof:
    print("file: part.txt", "content:", sys.argv[1], file=proof)
    print("owner:", facts.st_uid, file=proof)
    print("mode:", oct(facts.st_mode & 0o777), file=proof)
