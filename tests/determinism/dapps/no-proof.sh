#!/bin/sh
# Writes its proof where nobody looks for it.
echo "the answer is ${#1}" > /tmp/consensus.iexec
