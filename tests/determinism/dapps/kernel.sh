#!/bin/sh
# Says on what kernel it was built.
{
  echo "program $1"
  echo "built on $(uname -s) $(uname -r)"
} > /iexec/consensus.iexec
