#include "pairing.h"

#include <string.h>

void pairing_lines_fill(pairing_lines *out, const blst_p2 *point)
{
    blst_p2_affine affine;
    memset(out, 0, sizeof(*out));
    if (blst_p2_is_inf(point))
        return;
    blst_p2_to_affine(&affine, point);
    blst_precompute_lines(out->line, &affine);
}

typedef struct {
    const blst_fp6 *line;
    blst_fp minus_2x, two_y;
} pair;

/* f *= the next line of the pair, at its point. */
static void multiply_line(blst_fp12 *f, pair *with)
{
    blst_fp6 at;
    const blst_fp2 *line = with->line++->fp2;
    at.fp2[0] = line[0];
    for (int i = 0; i < 2; i++) {
        blst_fp_mul(&at.fp2[1].fp[i], &line[1].fp[i], &with->minus_2x);
        blst_fp_mul(&at.fp2[2].fp[i], &line[2].fp[i], &with->two_y);
    }
    blst_fp12_mul_by_xy00z0(f, f, &at);
}

static int has_lines(const pairing_lines *lines)
{
    static const blst_fp6 none;
    return memcmp(&lines->line[0], &none, sizeof(none)) != 0;
}

static size_t add_pair(pair *pairs, size_t n, const blst_p1_affine *point, const pairing_lines *lines)
{
    if (blst_p1_affine_is_inf(point) || !has_lines(lines))
        return n;
    pairs[n].line = lines->line;
    blst_fp_add(&pairs[n].minus_2x, &point->x, &point->x);
    blst_fp_cneg(&pairs[n].minus_2x, &pairs[n].minus_2x, 1);
    blst_fp_add(&pairs[n].two_y, &point->y, &point->y);
    return n + 1;
}

int pairs_to_one(const blst_p1_affine *p, const pairing_lines *w, const blst_p1_affine *q, const pairing_lines *v)
{
    /* Doublings between the additions of the loop over |z| = 0xd201000000010000, the order of blst's lines. */
    static const int DOUBLINGS[] = {2, 3, 9, 32, 16};
    pair pairs[2];
    size_t n = add_pair(pairs, 0, p, w);
    n = add_pair(pairs, n, q, v);
    blst_fp12 f = *blst_fp12_one();
    for (size_t i = 0; i < n; i++)
        multiply_line(&f, &pairs[i]);
    for (size_t step = 0; step < sizeof(DOUBLINGS) / sizeof(DOUBLINGS[0]); step++) {
        for (size_t i = 0; i < n; i++)
            multiply_line(&f, &pairs[i]);
        for (int k = 0; k < DOUBLINGS[step]; k++) {
            blst_fp12_sqr(&f, &f);
            for (size_t i = 0; i < n; i++)
                multiply_line(&f, &pairs[i]);
        }
    }
    /* The conjugation for z < 0 is left out: f and its inverse are 1 together. */
    blst_final_exp(&f, &f);
    return blst_fp12_is_one(&f);
}
