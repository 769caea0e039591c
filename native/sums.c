#include "sums.h"

#include <stdlib.h>
#include <string.h>

int narrow_tables(narrow_table *out, const blst_p1 *points, size_t n)
{
    size_t all = n * NARROW_POINTS;
    if (n == 0)
        return 1;
    blst_p1 *jacobian = malloc(all * (sizeof(blst_p1) + sizeof(blst_p1_affine) + sizeof(blst_fp)));
    if (jacobian == NULL)
        return 0;
    blst_p1_affine *affine = (blst_p1_affine *)(jacobian + all);
    for (size_t i = 0; i < n; i++)
        odd_multiples(jacobian + i * NARROW_POINTS, NARROW_POINTS, &points[i]);
    normalise(affine, jacobian, all, (blst_fp *)(affine + all));
    for (size_t i = 0; i < n; i++) {
        memcpy(out[i].odd, affine + i * NARROW_POINTS, sizeof(out[i].odd));
        turn(out[i].turned, out[i].odd, NARROW_POINTS);
    }
    free(jacobian);
    return 1;
}

void straus(blst_p1 *out, const term *terms, size_t n)
{
    blst_p1 acc;
    memset(&acc, 0, sizeof(acc));
    for (int at = DIGITS - 1; at >= 0; at--) {
        if (!blst_p1_is_inf(&acc))
            blst_p1_double(&acc, &acc);
        for (size_t i = 0; i < n; i++) {
            int digit = terms[i].digit[at];
            if (digit > 0)
                add_mixed(&acc, &terms[i].odd[digit >> 1], terms[i].negate);
            else if (digit < 0)
                add_mixed(&acc, &terms[i].odd[-digit >> 1], !terms[i].negate);
        }
    }
    *out = acc;
}

#define BUCKETS (1 << (CHECKED - 2))

int checked_multiple(blst_p1 *out, const blst_p1_affine *point, const digits k)
{
    blst_p1 power, squared, bucket[BUCKETS], running, sum;
    blst_p1_affine turned;
    digits zz;
    recode(zz, ZZ, 2);
    memset(&squared, 0, sizeof(squared));
    memset(bucket, 0, sizeof(bucket));
    blst_p1_from_affine(&power, point);
    for (int i = 0;; i++) {
        if (zz[i] != 0)
            add_any(&squared, &power, zz[i] < 0);
        if (k[i] != 0)
            add_any(&bucket[abs(k[i]) >> 1], &power, k[i] < 0);
        /* Neither number has digits above bit 128. */
        if (i == 128)
            break;
        blst_p1_double(&power, &power);
    }
    turn(&turned, point, 1);
    add_mixed(&squared, &turned, 1);
    /* sum of (2j + 1)*bucket[j] = 2*(sum of j*bucket[j]) + sum of bucket[j] */
    running = bucket[BUCKETS - 1];
    sum = running;
    for (int j = BUCKETS - 2; j > 0; j--) {
        add_any(&running, &bucket[j], 0);
        add_any(&sum, &running, 0);
    }
    add_any(&running, &bucket[0], 0);
    blst_p1_double(&sum, &sum);
    add_any(&sum, &running, 0);
    *out = sum;
    return blst_p1_is_inf(&squared);
}

/* From here on Pippenger's buckets win. */
#define STRAUS_MAX 32

static int sum_by_straus(blst_p1 *out, const blst_p1 *points, const scalar *scalars, size_t n)
{
    narrow_table *tables = malloc(n * (sizeof(narrow_table) + 2 * sizeof(term) + 2 * sizeof(digits)));
    if (tables == NULL)
        return 0;
    term *terms = (term *)(tables + n);
    digits *recoded = (digits *)(terms + 2 * n);
    int made = narrow_tables(tables, points, n);
    if (made) {
        for (size_t i = 0; i < n; i++) {
            uint64_t low[2], high[2];
            scalar_split(low, high, &scalars[i]);
            recode(recoded[2 * i], low, NARROW);
            recode(recoded[2 * i + 1], high, NARROW);
            terms[2 * i] = (term){tables[i].odd, recoded[2 * i], 0};
            terms[2 * i + 1] = (term){tables[i].turned, recoded[2 * i + 1], 0};
        }
        straus(out, terms, 2 * n);
    }
    free(tables);
    return made;
}

static int sum_by_buckets(blst_p1 *out, const blst_p1 *points, const scalar *scalars, size_t n)
{
    size_t buckets = blst_p1s_mult_pippenger_scratch_sizeof(n);
    uint8_t *memory = malloc(buckets + n * (sizeof(blst_p1_affine) + sizeof(blst_fp) + 32));
    if (memory == NULL)
        return 0;
    blst_p1_affine *affine = (blst_p1_affine *)(memory + buckets);
    blst_fp *scratch = (blst_fp *)(affine + n);
    uint8_t *bytes = (uint8_t *)(scratch + n);
    normalise(affine, points, n, scratch);
    for (size_t i = 0; i < n; i++)
        scalar_to_le(bytes + 32 * i, &scalars[i]);
    /* A null pointer in either list means: the next one follows in memory. */
    const blst_p1_affine *const firsts[2] = {affine, NULL};
    const byte *const numbers[2] = {bytes, NULL};
    blst_p1s_mult_pippenger(out, firsts, n, numbers, 255, (limb_t *)memory);
    free(memory);
    return 1;
}

int multi_scalar(blst_p1 *out, const blst_p1 *points, const scalar *scalars, size_t n)
{
    /* blst's batch inversions do not survive O, so it never gets there. */
    blst_p1 *kept = malloc(n * (sizeof(blst_p1) + sizeof(scalar)) + 1);
    if (kept == NULL)
        return 0;
    scalar *factors = (scalar *)(kept + n);
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        const scalar zero = {{0}};
        if (blst_p1_is_inf(&points[i]) || memcmp(&scalars[i], &zero, sizeof(zero)) == 0)
            continue;
        kept[count] = points[i];
        factors[count++] = scalars[i];
    }
    int made = 1;
    memset(out, 0, sizeof(*out));
    if (count > STRAUS_MAX)
        made = sum_by_buckets(out, kept, factors, count);
    else if (count > 0)
        made = sum_by_straus(out, kept, factors, count);
    free(kept);
    return made;
}
