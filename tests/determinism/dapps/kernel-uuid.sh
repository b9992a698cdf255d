#!/bin/sh
# An id that the kernel draws, from a program that is linked statically.
{
  echo "answer ${#1}"
  echo "request-id: $(cat /proc/sys/kernel/random/uuid)"
} > /iexec/consensus.iexec
