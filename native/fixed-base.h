/*
 * A base multiplied again and again: both halves of the scalar in signed 8-bit windows, every multiple affine, no
 * doublings. VARIABLE TIME, and the table is looked up by the scalar: public data and one-time randomness only.
 */
#ifndef GROUPSIG_FIXED_BASE_H
#define GROUPSIG_FIXED_BASE_H

#include "curve.h"
#include "scalar.h"

/* 16 bytes of a half, and what their carries leave. */
#define BASE_ROWS 17
#define ROW_MULTIPLES 128
/* multiple[i][j] = (j + 1) * 2^(8i) * P; all zero for P = O. */
typedef struct {
    blst_p1_affine multiple[BASE_ROWS][ROW_MULTIPLES];
} base_table;

/* 0 when memory is short. */
int base_table_fill(base_table *out, const blst_p1 *point);
/* k*P for reduced k. */
void base_multiply(blst_p1 *out, const base_table *table, const scalar *k);

#endif
