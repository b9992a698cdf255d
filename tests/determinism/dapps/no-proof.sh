#!/bin/sh
# Says its answer and keeps nothing.
echo "the answer is ${#1}"
