"""What Headrace's services say to each other: versioned structs, subjects and object keys, nothing else."""
