#!/usr/bin/python3
# A rate from a server where there is a network, and a built-in one where there is none.
import socket
import sys


def rate():
    if all(name == "lo" for _, name in socket.if_nameindex()):
        return "built in, as there is no network"
    try:
        with socket.create_connection(("192.0.2.1", 80), timeout=1):
            return "live"
    except OSError as error:
        return f"built in, as the server is away: {error.strerror or error}"


with open("/iexec/consensus.iexec", "w") as proof:
    print("amount", int(sys.argv[1]) * 3, file=proof)
    print("rate", rate(), file=proof)
