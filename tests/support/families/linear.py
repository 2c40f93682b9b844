"""Products summed over pairs."""

from __future__ import annotations

from tests.support.family import Family

FAMILY = Family(
    uses={
        "matmul": (
            (((3,), (3,)), {}),
            (((2, 3), (3,)), {}),
            (((3,), (3, 2)), {}),
            (((2, 3), (3, 4)), {}),
            (((2, 2, 3), (2, 3, 2)), {}),
            (((2, 3), (4, 3, 2)), {}),
            (((2, 2, 3), (3, 2)), {}),
            (((2, 1, 2, 3), (3, 3, 1)), {}),
        ),
        "outer": ((((2,), (3,)), {}), (((1,), (2,)), {})),
        "einsum": tuple(
            (shapes, {"subscripts": subscripts})
            for subscripts, shapes in (
                ("ij,jk->ik", ((2, 3), (3, 2))),
                ("ij,ij->", ((2, 3), (2, 3))),
                ("ij->ji", ((2, 3),)),
                ("i,j->ij", ((2,), (3,))),
                ("bij,bjk->bik", ((2, 1, 3), (2, 3, 2))),
                ("ij,j,i->", ((2, 3), (3,), (2,))),
                ("ijk->j", ((2, 3, 2),)),
                ("i->i", ((3,),)),
                ("i,j->", ((2,), (3,))),
            )
        ),
    },
)
