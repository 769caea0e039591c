/*
 * Points of G1 for public data. Everything here takes VARIABLE TIME; long-term secrets go through blst_p1_mult alone.
 * blst's conventions: Jacobian O has z = 0, affine O is (0, 0).
 */
#ifndef GROUPSIG_CURVE_H
#define GROUPSIG_CURVE_H

#include <stddef.h>

#include "blst.h"

/* acc += (-1)^negate * point, whatever the two are; point is not O. */
void add_mixed(blst_p1 *acc, const blst_p1_affine *point, int negate);
/* acc += (-1)^negate * point, whatever the two are. */
void add_any(blst_p1 *acc, const blst_p1 *point, int negate);
/* n odd multiples P, 3P .. of a point of the subgroup other than O. */
void odd_multiples(blst_p1 *out, size_t n, const blst_p1 *point);
/* Affine forms at the cost of one inversion; `scratch` has room for n field elements. O becomes (0, 0). */
void normalise(blst_p1_affine *out, const blst_p1 *in, size_t n, blst_fp *scratch);
/* (beta^2*x, -y) for each of n points, which is z^2 times it exactly in the subgroup (Scott, ePrint 2021/1130). */
void turn(blst_p1_affine *out, const blst_p1_affine *in, size_t n);

#endif
