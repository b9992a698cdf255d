#!/usr/bin/python3
# The words of a text once each, in the order in which a set of strings yields them.
import json
import sys

words = {word.lower() for word in " ".join(sys.argv[1:]).split()}
with open("/iexec/consensus.iexec", "w") as proof:
    json.dump({"count": len(words), "words": list(words)}, proof, indent=2)
