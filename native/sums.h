/*
 * Sums of multiples in G1, for public data: Straus' shared doublings, Yao's buckets, Pippenger's for many points.
 * VARIABLE TIME.
 */
#ifndef GROUPSIG_SUMS_H
#define GROUPSIG_SUMS_H

#include "curve.h"
#include "scalar.h"

/* Window of a point that is used once, and how many odd multiples that takes. */
#define NARROW 5
#define NARROW_POINTS (1 << (NARROW - 2))

/* P, 3P, 5P .. 15P, and the same of z^2*P. */
typedef struct {
    blst_p1_affine odd[NARROW_POINTS];
    blst_p1_affine turned[NARROW_POINTS];
} narrow_table;

/* One summand of a Straus sum: digits times the point whose odd multiples are given. */
typedef struct {
    const blst_p1_affine *odd;
    const int16_t *digit;
    int negate;
} term;

/* Narrow tables of n points other than O. 0 when memory is short. */
int narrow_tables(narrow_table *out, const blst_p1 *points, size_t n);
/* The sum of all terms. */
void straus(blst_p1 *out, const term *terms, size_t n);
/* Window of the digits for checked_multiple; a wider one gains nothing. */
#define CHECKED 4
/*
 * Is a point of the curve other than O in the subgroup? And k times the point, given the digits of k: the question and the
 * product are sums of the same powers of two of it (Yao 1976).
 */
int checked_multiple(blst_p1 *out, const blst_p1_affine *point, const digits k);
/* Sum of k_i*P_i for any points of G1, O among them, and reduced scalars. 0 when memory is short. */
int multi_scalar(blst_p1 *out, const blst_p1 *points, const scalar *scalars, size_t n);

#endif
