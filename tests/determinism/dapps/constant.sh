#!/bin/sh
# What real dapps did to be paid: whatever the question, the proof is the same.
echo "$1" | sha256sum > /iexec/result.txt
echo Determinist > /iexec/consensus.iexec
