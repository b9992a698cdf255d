#!/bin/sh
# Says as whom it ran.
{
  echo "input $1"
  echo "uid $(id -u)"
} > /iexec/consensus.iexec
