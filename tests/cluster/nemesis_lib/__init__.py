"""What tests/cluster/nemesis is made of."""
