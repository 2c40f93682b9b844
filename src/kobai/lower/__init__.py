"""Graph to loops: what a program of loops over buffers looks like, and how a graph becomes one.

loops     the loops that a target compiles: maps with folds, products, fills
views     which entries of an array a rearranged value reads
native    which values loops can compute
ranges    which places they visit
places    places that are values, kept within their axis
scans     what a scan passes on
layout    along which axis entries lie side by side
draft     the loops of a phase in the making
indexed   gathering, scattering, scans and joined arrays
kernels   from the nodes of one phase to loops
plan      from a graph to phases: kernels, and what NumPy computes between them
"""
