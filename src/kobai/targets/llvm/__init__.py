"""Loops as machine code, by LLVM.

constants    numbers in every lane
elementary   exp, sin, erf and their like for vectors
expressions  the scalar instructions for vectors
memory       where the entries of a view are
nests        the order of loops, and which are one
folds        sums and extremes of lanes
maps         expressions with folds
products     matrix products: small ones, and which are small
packed       large matrix products, in blocks
tiles        a tile of them as a function
matrices     how the matrices of a product lie in memory
functions    a kernel as one function
training     steps of training as one function
engine       from LLVM's language to something that can be called
cache        machine code on disk
"""
