#!/usr/bin/perl
# How often each letter occurs, sorted.
use strict;
my %count;
$count{$_}++ for split //, join '', @ARGV;
open(my $proof, '>', '/iexec/consensus.iexec') or die $!;
print $proof "$_ $count{$_}\n" for sort keys %count;
close($proof) or die $!;
