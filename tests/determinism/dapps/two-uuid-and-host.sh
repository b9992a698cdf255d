#!/bin/sh
# An id that the kernel draws, which nothing holds still in a program that is linked statically, and the host's name.
{
  echo "answer ${#1}"
  echo "request-id: $(cat /proc/sys/kernel/random/uuid)"
  echo "made on: $(cat /proc/sys/kernel/hostname)"
} > /iexec/consensus.iexec
