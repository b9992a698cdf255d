#!/usr/bin/python3
# A line as syslog writes it: a moment in the machine's zone, and the machine's name.
import socket
import sys
import time

with open("/iexec/consensus.iexec", "w") as proof:
    print("subject:", sys.argv[1], file=proof)
    print("event:", time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(1_700_000_000)), file=proof)
    print("sender:", socket.gethostname(), file=proof)
