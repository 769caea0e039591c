#include "curve.h"

#include <string.h>

/* Cube root of unity with z^2*(x, y) = (beta^2*x, -y), in Montgomery form. */
static const blst_fp BETA_SQUARED = {{0x30f1361b798a64e8, 0xf3b8ddab7ece5a2a, 0x16a8ca3ac61577f7, 0xc26a2ff874fd029b,
                                      0x3636b76660701c6e, 0x051ba4ab241b6160}};

static int is_zero(const blst_fp *a)
{
    uint64_t any = 0;
    for (size_t i = 0; i < sizeof(a->l) / sizeof(a->l[0]); i++)
        any |= a->l[i];
    return any == 0;
}

static const blst_fp *one(void)
{
    return &blst_p1_generator()->z;
}

/* madd with 8M + 3S (Cohen, Miyaji, Ono 1998), and the cases it leaves out. */
void add_mixed(blst_p1 *acc, const blst_p1_affine *point, int negate)
{
    blst_fp zz, h, hh, hhh, v, r;
    if (is_zero(&acc->z)) {
        acc->x = point->x;
        acc->y = point->y;
        acc->z = *one();
        if (negate)
            blst_fp_cneg(&acc->y, &acc->y, 1);
        return;
    }
    blst_fp_sqr(&zz, &acc->z);
    blst_fp_mul(&h, &point->x, &zz);
    blst_fp_mul(&r, &zz, &acc->z);
    blst_fp_mul(&r, &r, &point->y);
    if (negate)
        blst_fp_cneg(&r, &r, 1);
    blst_fp_sub(&h, &h, &acc->x);
    blst_fp_sub(&r, &r, &acc->y);
    if (is_zero(&h)) {
        if (is_zero(&r))
            blst_p1_double(acc, acc);
        else
            memset(acc, 0, sizeof(*acc));
        return;
    }
    blst_fp_sqr(&hh, &h);
    blst_fp_mul(&hhh, &hh, &h);
    blst_fp_mul(&v, &acc->x, &hh);
    blst_fp_sqr(&acc->x, &r);
    blst_fp_sub(&acc->x, &acc->x, &hhh);
    blst_fp_sub(&acc->x, &acc->x, &v);
    blst_fp_sub(&acc->x, &acc->x, &v);
    blst_fp_sub(&v, &v, &acc->x);
    blst_fp_mul(&v, &v, &r);
    blst_fp_mul(&hhh, &hhh, &acc->y);
    blst_fp_sub(&acc->y, &v, &hhh);
    blst_fp_mul(&acc->z, &acc->z, &h);
}

/* add-1998-cmo-2 (Cohen, Miyaji, Ono 1998), 12M + 4S, and the cases it leaves out. */
void add_any(blst_p1 *acc, const blst_p1 *point, int negate)
{
    blst_fp zz, u, s, h, hh, hhh, r;
    if (is_zero(&point->z))
        return;
    if (is_zero(&acc->z)) {
        *acc = *point;
        if (negate)
            blst_p1_cneg(acc, 1);
        return;
    }
    /* h = x2*z1^2 - x1*z2^2, r = y2*z1^3 - y1*z2^3 */
    blst_fp_sqr(&zz, &point->z);
    blst_fp_mul(&u, &acc->x, &zz);
    blst_fp_mul(&zz, &zz, &point->z);
    blst_fp_mul(&s, &acc->y, &zz);
    blst_fp_sqr(&zz, &acc->z);
    blst_fp_mul(&h, &point->x, &zz);
    blst_fp_mul(&zz, &zz, &acc->z);
    blst_fp_mul(&r, &point->y, &zz);
    if (negate)
        blst_fp_cneg(&r, &r, 1);
    blst_fp_sub(&h, &h, &u);
    blst_fp_sub(&r, &r, &s);
    if (is_zero(&h)) {
        if (is_zero(&r))
            blst_p1_double(acc, acc);
        else
            memset(acc, 0, sizeof(*acc));
        return;
    }
    blst_fp_sqr(&hh, &h);
    blst_fp_mul(&hhh, &hh, &h);
    blst_fp_mul(&u, &u, &hh);
    blst_fp_sqr(&acc->x, &r);
    blst_fp_sub(&acc->x, &acc->x, &hhh);
    blst_fp_sub(&acc->x, &acc->x, &u);
    blst_fp_sub(&acc->x, &acc->x, &u);
    blst_fp_sub(&u, &u, &acc->x);
    blst_fp_mul(&u, &u, &r);
    blst_fp_mul(&s, &s, &hhh);
    blst_fp_sub(&acc->y, &u, &s);
    blst_fp_mul(&acc->z, &acc->z, &point->z);
    blst_fp_mul(&acc->z, &acc->z, &h);
}

/*
 * On the curve scaled by the z of the point, and then by that of 2P, both are affine; neither formula uses b, so the sums
 * are made there and the factor joins each z at the end.
 */
void odd_multiples(blst_p1 *out, size_t n, const blst_p1 *point)
{
    blst_p1 doubled = {point->x, point->y, *one()};
    blst_p1_affine step;
    blst_fp factor;
    blst_p1_double(&doubled, &doubled);
    step.x = doubled.x;
    step.y = doubled.y;
    blst_fp_sqr(&factor, &doubled.z);
    blst_fp_mul(&out[0].x, &point->x, &factor);
    blst_fp_mul(&factor, &factor, &doubled.z);
    blst_fp_mul(&out[0].y, &point->y, &factor);
    out[0].z = *one();
    for (size_t i = 1; i < n; i++) {
        out[i] = out[i - 1];
        add_mixed(&out[i], &step, 0);
    }
    blst_fp_mul(&factor, &doubled.z, &point->z);
    for (size_t i = 0; i < n; i++)
        blst_fp_mul(&out[i].z, &out[i].z, &factor);
}

void normalise(blst_p1_affine *out, const blst_p1 *in, size_t n, blst_fp *scratch)
{
    blst_fp inverse = *one(), zi, zzi;
    for (size_t i = 0; i < n; i++) {
        scratch[i] = inverse; /* product of the z before i */
        if (!is_zero(&in[i].z))
            blst_fp_mul(&inverse, &inverse, &in[i].z);
    }
    blst_fp_eucl_inverse(&inverse, &inverse);
    for (size_t i = n; i-- > 0;) {
        if (is_zero(&in[i].z)) {
            memset(&out[i], 0, sizeof(out[i]));
            continue;
        }
        blst_fp_mul(&zi, &inverse, &scratch[i]);
        blst_fp_mul(&inverse, &inverse, &in[i].z);
        blst_fp_sqr(&zzi, &zi);
        blst_fp_mul(&out[i].x, &in[i].x, &zzi);
        blst_fp_mul(&zzi, &zzi, &zi);
        blst_fp_mul(&out[i].y, &in[i].y, &zzi);
    }
}

void turn(blst_p1_affine *out, const blst_p1_affine *in, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        blst_fp_mul(&out[i].x, &in[i].x, &BETA_SQUARED);
        blst_fp_cneg(&out[i].y, &in[i].y, 1);
    }
}
