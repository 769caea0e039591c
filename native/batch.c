#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "curve.h"

/* Items whose pairings are still open, and where the exponents come from. */
typedef struct {
    const verifier *v;
    blst_p1_affine *A, *Abar;
    size_t *index;
    uint8_t *exponents;
    limb_t *scratch;
    uint8_t source[SEED_BYTES + 4 + 8];
    uint64_t counter;
    uint8_t *verdicts;
} batch;

/* A fresh exponent, 1 to 2^128 - 1. */
static void draw(batch *b, uint8_t out[16])
{
    static const uint8_t zero[16];
    uint8_t digest[HASH_BYTES];
    do {
        for (int i = 0; i < 8; i++)
            b->source[SEED_BYTES + 4 + i] = (uint8_t)(b->counter >> (56 - 8 * i));
        b->counter++;
        blst_sha256(digest, b->source, sizeof(b->source));
        memcpy(out, digest, 16);
    } while (memcmp(out, zero, 16) == 0);
}

/* Do the items from..from+n together satisfy e(sum d_i*A'_i, w) * e(-sum d_i*Abar_i, g2) = 1? n >= 2. */
static int check_together(batch *b, size_t from, size_t n)
{
    blst_p1 sum[2];
    blst_p1_affine affine[2];
    blst_fp scratch[2];
    for (size_t i = 0; i < n; i++)
        draw(b, b->exponents + 16 * i);
    const byte *const numbers[2] = {b->exponents, NULL};
    const blst_p1_affine *const first[2] = {b->A + from, NULL}, *const second[2] = {b->Abar + from, NULL};
    blst_p1s_mult_pippenger(&sum[0], first, n, numbers, 128, b->scratch);
    blst_p1s_mult_pippenger(&sum[1], second, n, numbers, 128, b->scratch);
    normalise(affine, sum, 2, scratch);
    return check_pairing(b->v, &affine[0], &affine[1]);
}

/* Below this size one by one: halving would ask for as many pairings. */
#define SPLIT_MIN 5

static void settle(batch *b, size_t from, size_t n)
{
    if (n < SPLIT_MIN) {
        for (size_t i = from; i < from + n; i++)
            b->verdicts[b->index[i]] = (uint8_t)check_pairing(b->v, &b->A[i], &b->Abar[i]);
        return;
    }
    if (check_together(b, from, n)) {
        for (size_t i = from; i < from + n; i++)
            b->verdicts[b->index[i]] = 1;
        return;
    }
    settle(b, from, n / 2);
    settle(b, from + n / 2, n - n / 2);
}

int verifier_check_batch(verifier *v, const uint8_t *items, size_t n, const uint8_t seed[SEED_BYTES], uint32_t lane,
                         uint8_t *verdicts)
{
    batch b = {.v = v, .verdicts = verdicts};
    size_t open = 0, scratch = blst_p1s_mult_pippenger_scratch_sizeof(n);
    int answer = 1;
    memset(verdicts, 0, n);
    if (n == 0)
        return 1;
    uint8_t *memory = malloc(scratch + n * (2 * sizeof(blst_p1_affine) + sizeof(size_t) + 16));
    if (memory == NULL)
        return 0;
    b.scratch = (limb_t *)memory;
    b.A = (blst_p1_affine *)(memory + scratch);
    b.Abar = b.A + n;
    b.index = (size_t *)(b.Abar + n);
    b.exponents = (uint8_t *)(b.index + n);
    memcpy(b.source, seed, SEED_BYTES);
    for (int i = 0; i < 4; i++)
        b.source[SEED_BYTES + i] = (uint8_t)(lane >> (24 - 8 * i));
    for (size_t i = 0; i < n && answer; i++) {
        int verdict = check_in_g1(v, items + ITEM_BYTES * i, &b.A[open], &b.Abar[open]);
        if (verdict > 0)
            b.index[open++] = i;
        answer = verdict >= 0;
    }
    if (answer)
        settle(&b, 0, open);
    free(memory);
    return answer;
}
