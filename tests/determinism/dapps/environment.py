#!/usr/bin/python3
# Counts what it was given, the environment's variables with it.
import os
import sys

with open("/iexec/consensus.iexec", "w") as proof:
    print("arguments", len(sys.argv) - 1, file=proof)
    print("variables", sorted(set(os.environ) - {"TZ", "LANG", "LANGUAGE", "LC_ALL", "HOME", "PATH"}), file=proof)
