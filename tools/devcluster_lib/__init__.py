"""What tools/devcluster is made of."""
