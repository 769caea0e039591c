/* Products of two pairings whose G2 arguments are fixed: their Miller lines are computed once. */
#ifndef GROUPSIG_PAIRING_H
#define GROUPSIG_PAIRING_H

#include "blst.h"

/* All zero for O. */
typedef struct {
    blst_fp6 line[68];
} pairing_lines;

void pairing_lines_fill(pairing_lines *out, const blst_p2 *point);
/* Is e(p, w) * e(q, v) = 1, given the lines of w and v? O is welcome everywhere. */
int pairs_to_one(const blst_p1_affine *p, const pairing_lines *w, const blst_p1_affine *q, const pairing_lines *v);

#endif
