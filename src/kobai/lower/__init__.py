"""Graph to loops: what a program of loops over buffers looks like, and how a graph becomes one.

loops     the loops that a target compiles: maps with folds, products, fills
views     which entries of an array a rearranged value reads
native    which values loops can compute
ranges    which places they visit
kernels   from the nodes of one phase to loops
plan      from a graph to phases: kernels, and what NumPy computes between them
"""
