#!/bin/sh
# Writes its proof first, and then fails.
echo "half of $1" > /iexec/consensus.iexec
exit 3
