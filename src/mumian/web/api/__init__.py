"""The HTTP contract: thin functions over core. Each call's permission stands where it is mounted."""
