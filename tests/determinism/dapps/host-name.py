#!/usr/bin/python3
# A result signed with the name of the machine that computed it.
import json
import socket
import sys

with open("/iexec/consensus.iexec", "w") as proof:
    json.dump({"sum": sum(map(int, sys.argv[1:])), "worker": {"host": socket.gethostname()}}, proof, indent=2)
